/** Says what a capture is, from its first bytes; its name has no say. */
import type { DebugfsDump } from './debugfs_memory.ts';
import { isFtraceLine } from './ftrace_text.ts';

/** Captures that become a session. */
export type CaptureKind = 'ftrace' | 'fdinfo' | 'bufinfo' | DebugfsDump | 'transcript' | 'webgpu';

export type Recognised =
  | { readonly kind: CaptureKind }
  /** Something else; `what` goes into "This is <what>." */
  | { readonly kind: 'other'; readonly what: string };

const NOT_YET = ', which is not supported yet';
/** Lines of the beginning that may be a trace. */
const LINES_TRIED = 400;

const startsWith = (bytes: Uint8Array, ...start: readonly number[]) =>
  start.every((byte, i) => bytes[i] === byte);
const ascii = (text: string) => [...text].map(letter => letter.charCodeAt(0));

/** The name of the first file in a ZIP archive, only letters that cannot harm a terminal. */
function firstEntry(bytes: Uint8Array): string {
  const length = Math.min(80, (bytes[26] ?? 0) | ((bytes[27] ?? 0) << 8));
  return String.fromCharCode(...bytes.subarray(30, 30 + length)).replace(/[^\w./-]/g, '?');
}

function binaryKind(bytes: Uint8Array): string | null {
  if (startsWith(bytes, ...ascii('PK'), 3, 4))
    return `a ZIP archive (its first file is ${firstEntry(bytes) || 'unnamed'})${NOT_YET}: unpack it first`;
  if (startsWith(bytes, 0x17, 0x08, 0x44, ...ascii('tracing')))
    return `a binary recording of trace-cmd (trace.dat)${NOT_YET}: make text of it with trace-cmd report`;
  if (startsWith(bytes, ...ascii('AMD_RDF ')))
    return `a capture of Radeon Memory Visualizer (RDF container)${NOT_YET}`;
  if (startsWith(bytes, ...ascii('GARTLAB'))) return 'a session of this program already';
  if (startsWith(bytes, 0x28, 0xb5, 0x2f, 0xfd)) return `data packed with zstd${NOT_YET}: unpack it first`;
  if (startsWith(bytes, 0xfd, ...ascii('7zXZ'))) return `data packed with xz${NOT_YET}: unpack it first`;
  if (bytes.subarray(0, 4096).includes(0)) return 'a binary file of a kind that is not known';
  return null;
}

const DUMPS: readonly (readonly [RegExp, CaptureKind])[] = [
  [/^Dma-buf Objects:$/m, 'bufinfo'],
  [/^size\s+flags\s+mode\s+count/m, 'bufinfo'],
  [/^order-\s*\d+ free:/m, 'amdgpu_vram_mm'],
  [/^0x[0-9a-f]{16}-0x[0-9a-f]{16}: \d+: (?:used|free)$/m, 'amdgpu_gtt_mm'],
  [/^\s*0x[0-9a-f]{8}:\s+\d+ byte [A-Z]/m, 'amdgpu_gem_info'],
  [/^\d+ shrinkable \[\d+ free\] objects, \d+ bytes$/m, 'i915_gem_objects'],
  [/^drm-driver:\s/m, 'fdinfo'],
];

/** How the first line of a dump looks; a text that only quotes one begins otherwise. */
const FIRST_LINE =
  /^\s*(?:[a-zA-Z][\w /-]{0,60}:|size\s|\d+ shrinkable |0x[0-9a-f]{8,16}[:-]|\d{8,}\t|order-|pid )/;

const DOCUMENTS: readonly (readonly [RegExp, string])[] = [
  [/^\s*\{\s*"\$(?:id|schema)"/, 'a JSON schema, not a capture'],
  [/"amdgpu_top_version"|"ASIC Name"/, `JSON of amdgpu_top${NOT_YET}`],
  [
    /^\s*\{\s*"General"[\s\S]{0,2000}"(?:MemoryInfo|Total)"/,
    `a JSON dump of VulkanMemoryAllocator${NOT_YET}`,
  ],
  [/"traceEvents"\s*:/, `a trace in Chrome's JSON format${NOT_YET}`],
  [/^\s*\{\s*"format"\s*:\s*"gart-lab-inputs"/, 'an input log of this program: `run` plays it'],
  [
    /^\s*\{\s*"format"\s*:\s*"gart-lab-(?:scenario|machine)"/,
    'a scenario or a machine of this program, not a capture',
  ],
  [/^\s*[[{]/, 'JSON of a kind that is not known'],
  [/^packet \{[\s\S]{0,400}\bftrace_events\b/m, `Perfetto packets in text form${NOT_YET}`],
  [/^\w+ \{\s+gc_rss_and_dma \{/, `the output of a Perfetto metric in text form${NOT_YET}`],
  [/^packet \{/m, `Perfetto packets in text form${NOT_YET}`],
  [
    /^id,lower,upper,size\s*$/m,
    `a list of live ranges of buffers for an allocation benchmark (minimalloc)${NOT_YET}`,
  ],
  [/^\s*\([\s\S]{0,4000}\bactions\s*:\s*\[/, `a WebGPU API trace of wgpu (RON)${NOT_YET}`],
];

/**
 * What a capture is.
 *
 * @param head its first bytes, unpacked (captureHead)
 */
export function captureKind(head: Uint8Array): Recognised {
  if (head.length === 0)
    return { kind: 'other', what: 'an empty file, or one whose packed data are damaged' };
  const binary = binaryKind(head);
  if (binary !== null) return { kind: 'other', what: binary };
  const text = new TextDecoder().decode(head);
  if (/^\s*\{\s*"format"\s*:\s*"gart-lab-webgpu-capture"/.test(text)) return { kind: 'webgpu' };
  if (/^\s*\{/.test(text) && /"kernel"\s*:\s*"/.test(text) && /"steps"\s*:\s*\[/.test(text))
    return { kind: 'transcript' };
  const other = DOCUMENTS.find(([pattern]) => pattern.test(text));
  if (other) return { kind: 'other', what: other[1] };
  if (text.startsWith('# tracer:')) return { kind: 'ftrace' };
  const dump = FIRST_LINE.test(text) ? DUMPS.find(([pattern]) => pattern.test(text)) : undefined;
  if (dump) return { kind: dump[1] };
  if (text.split('\n', LINES_TRIED).some(isFtraceLine)) return { kind: 'ftrace' };
  return { kind: 'other', what: 'text in which none of the known captures was found' };
}
