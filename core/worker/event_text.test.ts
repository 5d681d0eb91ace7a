import { expect, test } from 'vitest';
import { BO_UNMAP_VIRTUAL, VMF_INSERT_PFN_PROT } from '../trace/events/drm.ts';
import { SYS_EXIT } from '../trace/events/kernel.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { eventRows } from './event_text.ts';

test('pages and frames in hexadecimal, errnos negative, objects with their names', () => {
  const trace = new TraceBuffer();
  trace.emit(VMF_INSERT_PFN_PROT, 2, 0x400e0, 0x4000201);
  trace.emit(SYS_EXIT, 16, -12);
  trace.emit(BO_UNMAP_VIRTUAL, 4);
  const names = { object: () => 'frame', task: () => 'game', vmaAt: () => null };
  expect(eventRows(trace, 0, 3, names).map(row => row.text)).toEqual([
    'vmaId=2 page=0x400e0 pfn=0x4000201',
    'id=16 ret=-12',
    'objectId=4 (frame)',
  ]);
});
