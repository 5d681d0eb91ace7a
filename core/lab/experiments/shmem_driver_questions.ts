/** What the two interfaces of the shmem-drivers experiment can express: each question is tried, the cell is the kernel's answer. */
import type { CallArgs } from '../../session/call_table.ts';
import type { Json } from '../../session/input.ts';
import { BYTES, type ClientRun } from './shmem_driver_client.ts';

/** One question and what each interface answered. */
export interface Expression {
  readonly question: string;
  readonly answers: readonly [ioctls: string, shmemDriver: string];
}

const words = (answer: Json): string => (typeof answer === 'string' ? answer : 'yes');
const field = (answer: Json, name: string): Json => (answer as Record<string, Json>)[name] ?? null;

/** Questions that both interfaces are asked; each tries it on a fresh object. */
export async function expressions(ioctl: ClientRun, file: ClientRun): Promise<Expression[]> {
  const found: Expression[] = [];
  const add = (question: string, a: string, b: string) => found.push({ question, answers: [a, b] });
  const bo = { fd: 'A.gpu', bo: 'q' };
  await ioctl.must('A', 'i915.create', { fd: 'A.gpu', size: 65536 }, 'q');
  await file.must('A', 'gemfd.open', { fd: 'A.gpu', size: 65536 }, 'q');

  await ioctl.must('A', 'i915.mmap', bo, 'cpu');
  await ioctl.must('A', 'stamp', { map: 'cpu', seed: 9 });
  await ioctl.must('A', 'i915.mmapGtt', bo);
  await ioctl.must('A', 'mmap', { fd: 'A.gpu', offsetOf: 'q', length: 65536 }, 'gtt');
  await file.must('A', 'mmap', { fd: 'q', length: 65536 }, 'cpu');
  await file.must('A', 'stamp', { map: 'cpu', seed: 9 });
  await file.must('A', 'mmap', { fd: 'q', length: 65536, flags: 'shared,noreserve' }, 'gtt');
  const stale = async (run: ClientRun) =>
    `${16 - Number(field(await run.must('A', 'checkStamps', { map: 'gtt', seed: 9 }), 'match'))} of 16 pages stale`;
  add('the other view without a call in between', await stale(ioctl), await stale(file));

  const size = async (run: ClientRun, fd: string) =>
    `${field(await run.call('A', 'fstat', { fd }), 'size')} bytes`;
  add('fstat says its size', await size(ioctl, 'A.gpu'), await size(file, 'q'));
  add(
    'write through its descriptor',
    words(await ioctl.call('A', 'pwrite', { fd: 'A.gpu', offset: 0, length: 4, fill: 1 })),
    words(await file.call('A', 'pwrite', { fd: 'q', offset: 0, length: 4, fill: 1 })),
  );
  add(
    "sent to one process of the sender's choice",
    words(await ioctl.call('A', 'drm.primeExport', bo)),
    words(await file.call('A', 'sendfd', { fd: 'q', to: 'B' })),
  );
  add(
    'found by any process that knows a number',
    words(await ioctl.call('A', 'drm.gemFlink', bo)),
    words(await file.call('A', 'drm.gemFlink', { fd: 'A.gpu', handle: 1 })),
  );
  const readOnly = async (run: ClientRun, fd: string, extra: CallArgs) =>
    words(await run.call('A', 'mmap', { fd, length: 65536, prot: 'r', ...extra }));
  add(
    'a mapping for reading only',
    await readOnly(ioctl, 'A.gpu', { offsetOf: 'q' }),
    await readOnly(file, 'q', {}),
  );
  await ioctl.must('A', 'i915.create', { fd: 'A.gpu', size: BYTES }, 'big');
  await ioctl.must('A', 'i915.mmap', { fd: 'A.gpu', bo: 'big' }, 'bigCpu');
  await file.must('A', 'gemfd.open', { fd: 'A.gpu', size: BYTES, backing: 'huge' }, 'big');
  await file.must('A', 'mmap', { fd: 'big', length: BYTES }, 'bigCpu');
  const faults = async (run: ClientRun) =>
    `${field(await run.must('A', 'stamp', { map: 'bigCpu', seed: 1 }), 'minorFaults')} faults`;
  add('2 MiB written, in pages of the largest size it can have', await faults(ioctl), await faults(file));
  await ioctl.must('A', 'close', { fd: 'A.gpu' });
  await file.must('A', 'close', { fd: 'A.gpu' });
  add(
    'a new mapping after the device is closed',
    words(await ioctl.call('A', 'mmap', { fd: 'A.gpu', offsetOf: 'q', length: 65536 })),
    words(await file.call('A', 'mmap', { fd: 'q', length: 65536 })),
  );
  return found;
}
