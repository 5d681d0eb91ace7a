/** Damages a file: flipped bits, lies about lengths, cuts, repeats, pieces of other files, strings that want to be more than strings. */
import type { SeededRandom } from '../../base/random.ts';

/** Strings that some reader of some program once took for something else. */
const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '../../../../etc/passwd',
  'C:\\Windows\\System32\\x',
  'file:///etc/passwd',
  '__proto__',
  '{"__proto__":{"polluted":true}}',
  '"constructor":{"prototype":{"polluted":1}}',
  '\0\0\0\0',
  '\u202e\ufeff',
  '\x1b[2J\x1b]0;x\x07',
  '%s%n%x',
  '$(reboot)',
  '`reboot`',
  '99999999999999999999',
  '-1',
  '1e309',
  'NaN',
  '0x',
  'null',
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
  '{"a":'.repeat(40),
  '\n'.repeat(50),
  ' '.repeat(3000),
  'A'.repeat(20_000),
  '\t\t\t\t',
  ' fence: seq  signalled',
  ' [000] 1.0: x: ',
  ' timeline= context= seqno='.repeat(40),
];
const LENGTHS: readonly number[] = [
  0, 1, 0x7f, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
];
const MAX_BYTES = 1 << 20;

const encoder = new TextEncoder();

function spliced(
  bytes: Uint8Array,
  at: number,
  removed: number,
  inserted: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const kept = inserted.subarray(0, Math.max(0, MAX_BYTES - bytes.length));
  const out = new Uint8Array(bytes.length - removed + kept.length);
  out.set(bytes.subarray(0, at));
  out.set(kept, at);
  out.set(bytes.subarray(at + removed), at + kept.length);
  return out;
}

/** One change. @param other a file to take pieces from */
function changeOnce(
  bytes: Uint8Array<ArrayBuffer>,
  other: Uint8Array,
  random: SeededRandom,
): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const left = bytes.length - at;
  const some = (most: number) => random.below(Math.min(most, left) + 1);
  const own = bytes.slice();
  switch (random.below(10)) {
    case 0:
    case 1:
      if (left > 0) own[at] = own[at]! ^ (1 << random.below(8));
      return own;
    case 2:
      if (left > 0) own[at] = random.below(256);
      return own;
    case 3: {
      // A length word, at a place where one may stand.
      const place = Math.min(at & ~3, own.length - 4);
      if (place >= 0) new DataView(own.buffer).setUint32(place, random.pick(LENGTHS), true);
      return own;
    }
    case 4:
      return own.slice(0, at);
    case 5:
      return spliced(own, at, some(200), new Uint8Array());
    case 6: {
      const length = some(500);
      return spliced(own, at, 0, own.slice(at, at + length));
    }
    case 7: {
      const from = random.below(other.length + 1);
      return spliced(own, at, some(100), other.slice(from, from + random.below(2000)));
    }
    default:
      return spliced(own, at, random.chance(1, 2) ? some(20) : 0, encoder.encode(random.pick(HOSTILE)));
  }
}

/** A damaged copy. */
export function mutateBytes(
  bytes: Uint8Array<ArrayBuffer>,
  other: Uint8Array,
  random: SeededRandom,
): Uint8Array<ArrayBuffer> {
  let out = bytes;
  for (let changes = 1 + random.below(4); changes > 0; changes--) out = changeOnce(out, other, random);
  return out;
}
