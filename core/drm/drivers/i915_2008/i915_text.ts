/**
 * Files about one i915: /proc/dri/N/i915_gem_* and, with the bytes of all objects, debugfs.
 *
 * Models     drivers/gpu/drm/i915/i915_gem_proc.c (Linux 2.6.28), i915_gem_objects of i915_debugfs.c
 */
import { snapshotConstant } from '../../../base/snapshot.ts';
import type { TextFileOperations } from '../../../fs/text_registry.ts';
import { apertureSpace } from './i915_gtt.ts';
import { domainWords, I915Object } from './i915_object.ts';
import type { I915 } from './i915_state.ts';

function line(object: I915Object): string {
  const { id, label, sizeBytes, readDomains, writeDomain, lastSeqno, pinCount, gtt, madv, name } = object;
  const where = gtt === null ? 'unbound' : `gtt ${gtt.start}`;
  const extra = `${pinCount > 0 ? ` pinned (${object.pinnedFor})` : ''}${madv > 0 ? ' purgeable' : ''}${name > 0 ? ` (name: ${name})` : ''}`;
  return `  ${id}${label ? ` ${label}` : ''}: ${sizeBytes} read ${domainWords(readDomains)} write ${domainWords(writeDomain)} seqno ${lastSeqno} ${where}${extra}\n`;
}

function listText(title: string, objects: Iterable<I915Object>): string {
  return `${title}:\n${[...objects].map(line).join('')}`;
}

const FILES: { readonly [name: string]: TextFileOperations } = {
  i915_gem_active: { name: 'i915_gem_active', show: owner => listText('Active', (owner as I915).active) },
  i915_gem_flushing: {
    name: 'i915_gem_flushing',
    show: owner => listText('Flushing', (owner as I915).flushing),
  },
  i915_gem_inactive: {
    name: 'i915_gem_inactive',
    show: owner => listText('Inactive', (owner as I915).inactive),
  },
  i915_gem_request: {
    name: 'i915_gem_request',
    show: owner => `Request:\n${(owner as I915).requests.map(({ seqno }) => `    ${seqno}\n`).join('')}`,
  },
  i915_gem_seqno: {
    name: 'i915_gem_seqno',
    show: owner => `Current sequence: ${(owner as I915).completedSeqno}\n`,
  },
  i915_boot_messages: {
    name: 'i915_boot_messages',
    show: owner => (owner as I915).bootLines.map(text => `${text}\n`).join(''),
  },
};
// Registries hold the rows, not the table: each is a constant of its own.
for (const [name, ops] of Object.entries(FILES)) snapshotConstant(`drm.i915File.${name}`, ops);

const OBJECTS_FILE: TextFileOperations = snapshotConstant('drm.i915ObjectsFile', {
  name: 'i915_gem_objects',
  show(owner: object): string {
    const i915 = owner as I915;
    const objects = [...i915.device.objects].filter(object => object instanceof I915Object);
    const bytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const pinned = objects.filter(({ pinCount }) => pinCount > 0);
    const { total, available } = apertureSpace(i915);
    return `${objects.length} objects, ${bytes} bytes
${i915.gtt.nrNodes} bound, ${pinned.length} pinned, ${i915.bootObjects.length} of the kernel
${available * 4096} of ${total * 4096} bytes of the GTT available
${listText('Objects', objects)}`;
  },
} satisfies TextFileOperations);

/** Make the files. */
export function addI915Files(i915: I915): void {
  const { core, minor } = i915.device;
  for (const [name, ops] of Object.entries(FILES)) {
    const path = `/proc/dri/${minor}/${name}`;
    core.proc.add(path, ops, i915);
    i915.textFiles.push(path);
  }
  core.debugfs.add(debugPath(i915), OBJECTS_FILE, i915);
  i915.textFiles.push(debugPath(i915));
}

/** Remove those that were made. */
export function removeI915Files(i915: I915): void {
  for (const path of i915.textFiles.splice(0)) {
    (path.startsWith('/proc/') ? i915.device.core.proc : i915.device.core.debugfs).remove(path);
  }
}

function debugPath(i915: I915): string {
  return `/sys/kernel/debug/dri/${i915.device.minor}/i915_gem_objects`;
}
