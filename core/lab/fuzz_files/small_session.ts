/** A short run on lab_gpu as a session file with every kind of block a recording has, and the image at its end. */
import { PAGE_SIZE } from '../../base/units.ts';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import '../../session/calls/all.ts';
import type { Input } from '../../session/input.ts';
import { Player } from '../../session/player.ts';
import { SessionRecorder } from '../../session/recorder.ts';
import { encodeSession } from '../../session/session_file.ts';
import { takeSessionImage } from '../../session/session_image.ts';
import { sessionHeader } from '../session_of_scenario.ts';

const A = (call: string, args: Input['args'], as?: string): Input => ({
  task: 'A',
  call,
  args,
  ...(as === undefined ? {} : { as }),
});

/** Objects of VRAM that evict each other, mapped and stamped. */
function inputs(): Input[] {
  const length = 700 * PAGE_SIZE;
  const each = [1, 2, 3, 4, 5, 6].flatMap(n => [
    A('gpu.create', { fd: 'fd', size: length, domain: 'vram' }, `b${n}`),
    A('mmap', { fd: 'fd', offsetOf: `b${n}`, length }, `m${n}`),
    A('stamp', { map: `m${n}`, first: 0, count: 4, seed: n }),
    A('gpu.submit', { fd: 'fd', list: [`b${n}`], fills: [{ bo: `b${n}`, first: 4, count: 8, seed: n }] }),
    A('checkStamps', { map: 'm1', first: 0, count: 4, seed: 1 }),
  ]);
  return [
    A('spawn', {}),
    A('open', { dev: 'lab_gpu' }, 'fd'),
    ...each,
    A('fork', { as: 'B' }, 'B'),
    A('munmap', { map: 'm2' }),
    A('gpu.idle', { fd: 'fd' }),
  ];
}

/** @param description with a lab_gpu of 16 MiB */
export async function smallSession(
  description: MachineDescription,
): Promise<{ readonly file: Uint8Array<ArrayBuffer>; readonly image: Uint8Array<ArrayBuffer> }> {
  const machine = createHostMachine(description);
  try {
    const player = new Player(bootKernel(description), machine);
    const parts: Uint8Array[] = [];
    const scene = { id: '', title: 'Six buffers in room for five', seed: 1 };
    const recorder = new SessionRecorder(
      { write: part => void parts.push(part.slice()) },
      { header: sessionHeader(scene, machine, '0.1.0', []), nowMs: () => 0, everyMs: 0 },
    );
    recorder.say({ kind: 'caption', position: 2, text: 'Six buffers come into room for five.' });
    recorder.say({ kind: 'bookmark', position: 20, text: 'half way' });
    await player.play(inputs(), {
      slice: 8,
      collect: false,
      afterInput: (_, input) => recorder.took(input),
      afterBarrier: async () => {
        await recorder.boundary(player);
        if (player.position === 16) await recorder.keyframe(player);
        return true;
      },
    });
    const image = encodeSession(await takeSessionImage(player)) as Uint8Array<ArrayBuffer>;
    await recorder.finish(player);
    const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      file.set(part, at);
      at += part.length;
    }
    return { file, image };
  } finally {
    await machine.dispose();
  }
}
