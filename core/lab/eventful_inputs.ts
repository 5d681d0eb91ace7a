/** Inputs that make events for as long as somebody takes them: mappings touched, shot down and touched again. */
import { PAGE_SIZE } from '../base/units.ts';
import type { Input } from '../session/input.ts';

const OBJECTS = 8;
const PAGES = 256;
/** One touch of so many comes with a job that writes the object. */
const JOB_EVERY = 16;

const A = (call: string, args: Input['args'] = {}, as?: string): Input => ({
  task: 'A',
  call,
  args,
  ...(as && { as }),
});

/** @param rounds of touching everything and shooting it down; about 2000 events each */
export function* eventfulInputs(rounds: number): Generator<Input> {
  yield A('spawn');
  yield A('open', { dev: 'lab_gpu' }, 'fd');
  for (let i = 0; i < OBJECTS; i++) {
    yield A('gpu.create', { fd: 'fd', size: PAGES * PAGE_SIZE, domain: 'vram' }, `b${i}`);
    yield A('mmap', { fd: 'fd', offsetOf: `b${i}`, length: PAGES * PAGE_SIZE }, `m${i}`);
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < OBJECTS; i++) {
      if ((round + i) % JOB_EVERY === 0) {
        yield A('gpu.submit', { fd: 'fd', list: [`b${i}`], fills: [{ bo: `b${i}`, seed: round % 1000 }] });
      }
      yield A('touchRange', { map: `m${i}`, write: false });
      yield A('munmap', { map: `m${i}` });
      yield A('mmap', { fd: 'fd', offsetOf: `b${i}`, length: PAGES * PAGE_SIZE }, `m${i}`);
    }
  }
}
