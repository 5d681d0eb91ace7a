/**
 * Reads memory dumps of debugfs, line by line: amdgpu_gem_info, amdgpu_vram_mm, amdgpu_gtt_mm, i915_gem_objects.
 *
 * Models   amdgpu_bo_print_info, drm_buddy_print, amdgpu_gtt_mgr_debug, ttm_resource_manager_debug (Linux 6.18);
 *          i915_gem_object_info
 * Events   one a line, under the name of the file: `amdgpu_gem_info:bo`, `amdgpu_vram_mm:order`, `amdgpu_gtt_mm:range`, ...
 * Times    none: a dump does not say when it was made
 */
import type { CaptureReader, ImportContext } from './capture_parser.ts';
import { emitRecord, late, n, type RecordField, s, w } from './emit_record.ts';

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20 };
const bytesOf = (number: string, unit: string) => Number(number) * UNITS[unit]!;

/** One form of line: the event it gives, and its fields. */
interface LineForm {
  readonly event: string;
  readonly pattern: RegExp;
  readonly fields: (match: RegExpExecArray) => readonly RecordField[];
}

const PLACEMENTS = 'VRAM VISIBLE|VRAM|GTT|CPU|GDS|GWS|OA|PREEMPTIBLE|DOORBELL|MMIO REMAP|NONE|UNKNOWN';

/** What stands behind the placement of an object: pins, sharing, flags, fences. */
function tailOf(tail: string): RecordField[] {
  const pins = / pin count (\d{1,9})/.exec(tail);
  const shared = / (imported from|exported as) ino:(\d{1,10})/.exec(tail);
  const fences = tail.match(/\w+ fence:.{0,200}?signalled/g);
  const flags = tail.replace(/\w+ fence:.*$/, '').match(/\b[A-Z][A-Z_0-9]+\b/g);
  return [
    late(n('pin_count', pins && Number(pins[1]))),
    n('ino', shared && Number(shared[2])),
    late(s('shared', shared ? shared[1]! : null)),
    late(s('flags', flags?.join('|') ?? null)),
    late(s('fences', fences?.join('; ') ?? null)),
  ];
}

const GEM_INFO: readonly LineForm[] = [
  {
    event: 'amdgpu_gem_info:client',
    pattern: /^pid\s+(\d+) command (.*):\s*$/,
    fields: m => [n('pid', Number(m[1])), s('command', m[2]!)],
  },
  {
    event: 'amdgpu_gem_info:bo',
    pattern: new RegExp(`^\\s*0x([0-9a-f]{8}):\\s+(\\d+) byte (${PLACEMENTS})(?= |\\s*$)(.*)$`),
    fields: m => [
      n('id', Number.parseInt(m[1]!, 16)),
      w('size', Number(m[2])),
      s('placement', m[3]!),
      ...tailOf(m[4]!),
    ],
  },
  {
    event: 'amdgpu_gem_info:fence',
    pattern: /^\s+(\w+) fence:(.*?)(?: seq (\d+))?\s+(un)?signalled$/,
    fields: m => [
      s('usage', m[1]!),
      s('source', m[2]!.trim()),
      n('seqno', m[3] === undefined ? null : Number(m[3])),
      n('signalled', m[4] === undefined ? 1 : 0),
    ],
  },
];

const keyLine = (event: string): LineForm => ({
  event,
  pattern: /^\s*([a-z_ ]+):\s*(\d+)$/,
  fields: m => [s('key', m[1]!), w('value', Number(m[2]))],
});

const VRAM_MM: readonly LineForm[] = [
  keyLine('amdgpu_vram_mm:key'),
  {
    event: 'amdgpu_vram_mm:page_size',
    pattern: /^default_page_size: (\d+)(KiB|MiB)$/,
    fields: m => [w('bytes', bytesOf(m[1]!, m[2]!))],
  },
  {
    event: 'amdgpu_vram_mm:buddy',
    pattern: /^chunk_size: (\d+)(KiB), total: (\d+)(MiB), free: (\d+)(MiB)(?:, clear_free: (\d+)MiB)?$/,
    fields: m => [
      n('chunk_bytes', bytesOf(m[1]!, m[2]!)),
      w('total', bytesOf(m[3]!, m[4]!)),
      w('free', bytesOf(m[5]!, m[6]!)),
      late(w('clear_free', m[7] === undefined ? null : bytesOf(m[7], 'MiB'))),
    ],
  },
  {
    event: 'amdgpu_vram_mm:order',
    pattern: /^order-\s*(\d+) free:\s*(\d+) (KiB|MiB), blocks: (\d+)$/,
    fields: m => [n('order', Number(m[1])), w('free', bytesOf(m[2]!, m[3]!)), n('blocks', Number(m[4]))],
  },
  {
    event: 'amdgpu_vram_mm:reserved',
    pattern: /^0x0*([0-9a-f]{1,13})-0x0*([0-9a-f]{1,13}): (\d+)(?:: (\w+))?$/,
    fields: m => [
      w('start', Number.parseInt(m[1]!, 16)),
      w('end', Number.parseInt(m[2]!, 16)),
      late(s('size', m[3]!)),
      late(s('state', m[4] ?? null)),
    ],
  },
  {
    event: 'amdgpu_vram_mm:section',
    pattern: /^\s*(reserved|pending|backup)[a-z ]*:\s*$/i,
    fields: m => [s('name', m[1]!)],
  },
];

const GTT_MM: readonly LineForm[] = [
  keyLine('amdgpu_gtt_mm:key'),
  {
    event: 'amdgpu_gtt_mm:range',
    pattern: /^0x0*([0-9a-f]{1,13})-0x0*([0-9a-f]{1,13}): (\d+): (used|free)$/,
    fields: m => [
      w('start', Number.parseInt(m[1]!, 16)),
      w('pages', Number(m[3])),
      late(w('end', Number.parseInt(m[2]!, 16))),
      late(n('used', m[4] === 'used' ? 1 : 0)),
    ],
  },
  {
    event: 'amdgpu_gtt_mm:total',
    pattern: /^total: (\d+), used (\d+) free (\d+)$/,
    fields: m => [w('pages', Number(m[1])), w('used', Number(m[2])), late(w('free', Number(m[3])))],
  },
  { event: 'amdgpu_gtt_mm:note', pattern: /^(man size:.*)$/, fields: m => [s('text', m[1]!)] },
];

const I915_OBJECTS: readonly LineForm[] = [
  {
    event: 'i915_gem_objects:shrinkable',
    pattern: /^(\d+) shrinkable \[(\d+) free\] objects, (\d+) bytes$/,
    fields: m => [n('objects', Number(m[1])), n('free', Number(m[2])), w('bytes', Number(m[3]))],
  },
  {
    event: 'i915_gem_objects:region',
    pattern: /^([\w-]+): total:0x([0-9a-f]{1,16})(?:, available:0x([0-9a-f]{1,16}))? bytes$/,
    fields: m => [
      s('region', m[1]!),
      w('total', Number.parseInt(m[2]!, 16)),
      w('available', m[3] === undefined ? null : Number.parseInt(m[3], 16)),
    ],
  },
  {
    event: 'i915_gem_objects:client',
    pattern: /^(.{1,100}): (\d+) objects, (\d+) bytes \((.*)\)$/,
    fields: m => [
      s('name', m[1]!),
      n('objects', Number(m[2])),
      w('bytes', Number(m[3])),
      s('of_them', m[4]!),
    ],
  },
];

/** The dumps by name. */
export const DEBUGFS_DUMPS = {
  amdgpu_gem_info: GEM_INFO,
  amdgpu_vram_mm: VRAM_MM,
  amdgpu_gtt_mm: GTT_MM,
  i915_gem_objects: I915_OBJECTS,
} as const;
export type DebugfsDump = keyof typeof DEBUGFS_DUMPS;

export class DebugfsReader implements CaptureReader {
  private readonly forms: readonly LineForm[];

  constructor(
    private readonly context: ImportContext,
    dump: DebugfsDump,
  ) {
    this.forms = DEBUGFS_DUMPS[dump];
  }

  line(text: string): void {
    if (text.trim() === '') return;
    for (const { event, pattern, fields } of this.forms) {
      const match = pattern.exec(text);
      if (!match) continue;
      emitRecord(this.context.sink, event, 0, null, fields(match));
      return;
    }
    this.context.notUnderstood(text);
  }

  end(): void {}
}
