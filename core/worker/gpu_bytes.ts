/** Bytes of the GPU for the status bar: counted, and what the model's state makes them. */
import { expectedBytes } from '../hw/expected_bytes.ts';
import { PURPOSES } from '../hw/ledger.ts';
import type { Machine } from '../hw/machine.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { GpuBytesView } from '../public/view_types.ts';

/** Null where the machine has no GPU. */
export function gpuBytes(machine: Machine, kernel: Kernel): GpuBytesView {
  if (machine.kind === 'host') return { liveBytes: null, expectedBytes: null };
  const { description, layout } = machine;
  const expected = expectedBytes(description, layout, kernel.queue.allocations.values(), machine.staging());
  return {
    liveBytes: machine.ledger.liveBytes,
    stagingBytes: machine.ledger.live.staging,
    expectedBytes: PURPOSES.reduce((sum, purpose) => sum + expected[purpose], 0),
  };
}
