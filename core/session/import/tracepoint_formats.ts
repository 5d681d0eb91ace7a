/**
 * Tracepoints of graphics drivers as their kernels print them, one line a generation; the first that fits is taken.
 *
 * TTM has no tracepoints of its own in mainline Linux; those that somebody adds are kept as unknown events.
 *
 * Source    include/trace/events/*.h and the drivers' *_trace.h, Linux 3.x to 6.18
 * Notation  `key=%k`: %u %d a number of 32 bits, %x one in hexadecimal digits with or without 0x, %w one of 64 bits (0x for
 *           hexadecimal), %h 64 bits in hexadecimal digits without 0x, %p a pointer as printed, %s a text. A key of its own
 *           is given as %k<key>; %-k is the first to go where there is not room for all (event_fields.ts). Words in braces may be missing: `{, mappable}` is 1 where they stand. Blanks and commas between
 *           fields are taken as they come
 */
export const TRACEPOINT_FORMATS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  i915: {
    i915_gem_object_create: ['obj=%p, size=%w'],
    i915_gem_object_destroy: ['obj=%p'],
    i915_gem_object_clflush: ['obj=%p'],
    i915_vma_bind: ['obj=%p, offset=%-w size=%w{, mappable} vm=%p'],
    i915_vma_unbind: ['obj=%p, offset=%-w size=%w vm=%p'],
    i915_gem_object_bind: ['obj=%p, offset=%-h size=%h{, mappable}'],
    i915_gem_object_unbind: ['obj=%p, offset=%-h size=%h'],
    i915_gem_object_fault: ['obj=%p, %s<space> index=%w{ , writable}'],
    i915_gem_object_pread: ['obj=%p, offset=%w, len=%w'],
    i915_gem_object_pwrite: ['obj=%p, offset=%w, len=%w'],
    i915_gem_object_change_domain: [
      'obj=%p, read=%x<read_old>=>%x<read_new>, write=%x<write_old>=>%x<write_new>',
    ],
    i915_gem_evict: ['dev=%d, vm=%p, size=%w, align=%w{, mappable}', 'dev=%d, size=%w, align=%w{, mappable}'],
    i915_gem_evict_node: ['dev=%d, vm=%p, start=%w size=%w, color=%w, flags=%x'],
    i915_gem_evict_vm: ['dev=%d, vm=%p'],
    i915_gem_evict_everything: ['dev=%d{, purgeable only}'],
    i915_gem_shrink: ['dev=%d, target=%w, flags=%x'],
    i915_request_queue: ['dev=%-u, engine=%s, ctx=%w, seqno=%u, flags=%-x'],
    i915_request_add: [
      'dev=%-u, engine=%s, ctx=%w, seqno=%u, tail=%-u',
      'dev=%u, engine=%s, ctx=%w, seqno=%u',
      'dev=%-u, engine=%s, hw_id=%-u, ctx=%w, seqno=%u, global=%-u',
    ],
    i915_request_guc_submit: ['dev=%u, engine=%s, ctx=%w, seqno=%u'],
    i915_request_submit: ['dev=%u, engine=%s, ctx=%w, seqno=%u'],
    i915_request_execute: ['dev=%u, engine=%s, ctx=%w, seqno=%u'],
    i915_request_retire: [
      'dev=%u, engine=%s, ctx=%w, seqno=%u',
      'dev=%-u, engine=%s, hw_id=%-u, ctx=%w, seqno=%u, global=%-u',
    ],
    i915_request_in: ['dev=%-u, engine=%s, ctx=%w, seqno=%u, prio=%-d, port=%-u'],
    i915_request_out: ['dev=%-u, engine=%s, ctx=%w, seqno=%u, completed?=%-u<completed>'],
    i915_request_wait_begin: ['dev=%-u, engine=%s, ctx=%w, seqno=%u, flags=%-x'],
    i915_request_wait_end: ['dev=%u, engine=%s, ctx=%w, seqno=%u'],
    i915_gem_request_add: ['dev=%u, ring=%u, ctx=%u, seqno=%u, global=%u', 'dev=%u, ring=%u, seqno=%u'],
    i915_gem_request_in: ['dev=%u, ring=%u, ctx=%u, seqno=%u, global=%u, port=%u'],
    i915_gem_request_complete: ['dev=%u, ring=%u, seqno=%u'],
    i915_gem_request_retire: ['dev=%u, ring=%u, seqno=%u'],
    i915_gem_request_wait_begin: ['dev=%u, ring=%u, seqno=%u'],
    i915_gem_request_wait_end: ['dev=%u, ring=%u, seqno=%u'],
    i915_gem_ring_flush: ['dev=%u, ring=%x, invalidate=%x, flush=%x'],
    i915_gem_ring_dispatch: ['dev=%u, ring=%u, seqno=%u'],
    i915_flip_request: ['plane=%d, obj=%p'],
    i915_flip_complete: ['plane=%d, obj=%p'],
    i915_reg_rw: ['%s<direction> reg=%x, len=%d, val=(%x<val_low>, %x<val_high>)'],
    i915_ppgtt_create: ['dev=%u, vm=%p'],
    i915_ppgtt_release: ['dev=%u, vm=%p'],
    i915_context_create: ['dev=%u, ctx=%p, ctx_vm=%p'],
    i915_context_free: ['dev=%u, ctx=%p, ctx_vm=%p'],
    intel_gpu_freq_change: ['new_freq=%u'],
  },
  amdgpu: {
    amdgpu_bo_create: ['bo=%p, pages=%u, type=%d, preferred=%d, allowed=%d, visible=%d'],
    amdgpu_bo_move: ['bo=%p, from=%d, to=%d, size=%w'],
    amdgpu_ttm_bo_move: ['bo=%p, from=%d, to=%d, size=%w'],
    amdgpu_vm_bo_map: [
      'bo=%p, start=%x, last=%x, offset=%-h, flags=%-h',
      'bo=%p, start=%h, last=%-h, offset=%-h, flags=%-h',
    ],
    amdgpu_vm_bo_unmap: [
      'bo=%p, start=%x, last=%x, offset=%-h, flags=%-h',
      'bo=%p, start=%h, last=%-h, offset=%-h, flags=%-h',
    ],
    amdgpu_vm_bo_update: ['soffs=%h, eoffs=%h, flags=%h'],
    amdgpu_vm_bo_mapping: ['soffs=%h, eoffs=%h, flags=%h'],
    amdgpu_vm_bo_cs: ['soffs=%h, eoffs=%h, flags=%h'],
    amdgpu_vm_update_ptes: ['pid:%u vm_ctx:%w start:%w end:%w, flags:%w, incr:%w, dst: %s<dst>'],
    amdgpu_vm_set_ptes: [
      'pe=%h, addr=%h, incr=%u, flags=%h, count=%u, immediate=%d',
      'pe=%h, addr=%h, incr=%u, flags=%h, count=%u',
    ],
    amdgpu_vm_copy_ptes: ['pe=%h, src=%h, count=%u, immediate=%d', 'pe=%h, src=%h, count=%u'],
    amdgpu_vm_grab_id: ['pasid=%d, ring=%s, id=%u, hub=%u, pd_addr=%h needs_flush=%u'],
    amdgpu_vm_flush: ['ring=%s, id=%u, hub=%u, pd_addr=%h', 'ring=%u, id=%u, pd_addr=%h'],
    amdgpu_bo_list_set: ['list=%p, bo=%p, bo_size=%w'],
    // The kernel swaps the labels: the first number counts objects, the second bytes.
    amdgpu_cs_bo_status: ['total_bo_size=%w, total_bo_count=%w'],
    amdgpu_cs: ['bo_list=%p, ring=%u, dw=%u, fences=%u'],
    amdgpu_cs_ioctl: [
      'timeline=%s, fence=%u<context>:%u<seqno>, ring_name=%-s, num_ibs=%u',
      'timeline=%s, fence=%-w<context>:%w<seqno>, ring_name=%-s, num_ibs=%u',
      'sched_job=%-w, timeline=%s, context=%u, seqno=%u, ring_name=%-s, num_ibs=%u',
    ],
    amdgpu_sched_run_job: [
      'timeline=%s, fence=%u<context>:%u<seqno>, ring_name=%-s, num_ibs=%u',
      'timeline=%s, fence=%-w<context>:%w<seqno>, ring_name=%-s, num_ibs=%u',
      'sched_job=%-w, timeline=%s, context=%u, seqno=%u, ring_name=%-s, num_ibs=%u',
    ],
    amdgpu_iv: [
      'ih:%u client_id:%u src_id:%u ring:%u vmid:%u timestamp: %w pasid:%u src_data: %x<data0> %x<data1> %x<data2> %x<data3>',
    ],
    amdgpu_pasid_allocated: ['pasid=%u'],
    amdgpu_pasid_freed: ['pasid=%u'],
  },
  radeon: {
    radeon_bo_create: ['bo=%p, pages=%u'],
    radeon_cs: ['ring=%u, dw=%u, fences=%u'],
    radeon_vm_bo_update: ['soffs=%h, eoffs=%h, flags=%x'],
    radeon_fence_emit: ['dev=%u, ring=%d, seqno=%u'],
    radeon_fence_wait_begin: ['dev=%u, ring=%d, seqno=%u'],
    radeon_fence_wait_end: ['dev=%u, ring=%d, seqno=%u'],
  },
  xe: {
    xe_bo_create: ['dev=%s, size=%w, flags=%x, vm=%p'],
    xe_bo_cpu_fault: ['dev=%s, size=%w, flags=%x, vm=%p'],
    xe_bo_validate: ['dev=%s, size=%w, flags=%x, vm=%p'],
    xe_bo_move: [
      'move_lacks_source:%s, migrate object %p<bo> [size %w<size>] from %s<from> to %s<to> device_id:%s',
    ],
    xe_vma_bind: ['dev=%-s, vma=%p, vm=%p, asid=%-x, start=%w, end=%w, userptr=%w'],
    xe_vma_unbind: ['dev=%-s, vma=%p, vm=%p, asid=%-x, start=%w, end=%w, userptr=%w'],
    xe_vma_evict: ['dev=%-s, vma=%p, vm=%p, asid=%-x, start=%w, end=%w, userptr=%w'],
    xe_vma_pagefault: ['dev=%-s, vma=%p, vm=%p, asid=%-x, start=%w, end=%w, userptr=%w'],
    xe_vma_rebind_exec: ['dev=%-s, vma=%p, vm=%p, asid=%-x, start=%w, end=%w, userptr=%w'],
    xe_vm_create: ['dev=%s, vm=%p, asid=%x, vm flags=%x<flags>'],
    xe_vm_free: ['dev=%s, vm=%p, asid=%x, vm flags=%x<flags>'],
  },
  drm_msm_gem: {
    msm_gem_shrink: [
      'nr_to_scan=%u pg, purged=%u pg, evicted=%u pg, active_purged=%u pg, active_evicted=%u pg',
    ],
  },
  drm_msm_gpu: {
    msm_gpu_submit: ['id=%d pid=%d ring=%d bos=%d cmds=%d'],
    msm_gpu_submit_retired: ['id=%d pid=%d ring=%s elapsed=%w ns mhz=%w start=%w end=%w'],
  },
  drm: {
    drm_vblank_event: ['crtc=%d, seq=%u, time=%w, high-prec=%s', 'crtc=%d, seq=%u'],
    drm_vblank_event_queued: ['file=%p, crtc=%d, seq=%u'],
    drm_vblank_event_delivered: ['file=%p, crtc=%d, seq=%u'],
  },
  dma_fence: Object.fromEntries(
    ['init', 'emit', 'enable_signal', 'signaled', 'wait_start', 'wait_end', 'destroy'].flatMap(word =>
      ['dma_fence', 'fence'].map(prefix => [
        `${prefix}_${word}`,
        ['driver=%s timeline=%s context=%u seqno=%u'],
      ]),
    ),
  ),
  gpu_scheduler: {
    drm_sched_job_queue: [
      'dev=%s, fence=%u<context>:%u<seqno>, ring=%s, job count:%-u<job_count>, hw job count:%-d<hw_job_count>, client_id:%-w',
      'dev=%s, fence=%-w<context>:%w<seqno>, ring=%s, job count:%-u<job_count>, hw job count:%-d<hw_job_count>, client_id:%-w',
    ],
    drm_sched_job_run: [
      'dev=%s, fence=%u<context>:%u<seqno>, ring=%s, job count:%-u<job_count>, hw job count:%-d<hw_job_count>, client_id:%-w',
      'dev=%s, fence=%-w<context>:%w<seqno>, ring=%s, job count:%-u<job_count>, hw job count:%-d<hw_job_count>, client_id:%-w',
    ],
    drm_sched_job_done: ['fence=%w<context>:%w<seqno> signaled'],
    drm_sched_job_add_dep: ['fence=%w<context>:%w<seqno> depends on fence=%w<dep_context>:%w<dep_seqno>'],
    drm_sched_job: [
      'entity=%p, id=%w, fence=%p, ring=%s, job count:%u<job_count>, hw job count:%d<hw_job_count>',
    ],
    drm_run_job: [
      'entity=%p, id=%w, fence=%p, ring=%s, job count:%u<job_count>, hw job count:%d<hw_job_count>',
    ],
    drm_sched_process_job: ['fence=%p signaled'],
  },
  gpu_mem: { gpu_mem_total: ['gpu_id=%u pid=%u size=%w'] },
  sched: {
    sched_switch: [
      'prev_comm=%s prev_pid=%d prev_prio=%-d prev_state=%-s ==> next_comm=%s next_pid=%d next_prio=%-d',
    ],
  },
};

/** Events whose text may go on in the next line. */
export const MANY_LINES: readonly string[] = ['amdgpu_vm_update_ptes', 'print', 'tracing_mark_write'];
