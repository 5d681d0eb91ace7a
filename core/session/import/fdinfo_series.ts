/**
 * Reads DRM fdinfo: one descriptor, or a series of them one after the other. A descriptor ends at an empty line, at a comment, or
 * where a key comes a second time.
 *
 * Events   drm_fdinfo:client, drm_fdinfo:memory (one a key and region), drm_fdinfo:engine (busy time), drm_fdinfo:key (all other lines, as text)
 * Times    none: a descriptor does not say when it was read
 */
import type { CaptureReader, ImportContext } from './capture_parser.ts';
import { parseDrmFdinfo, REGION_KEYS } from './drm_fdinfo.ts';
import { emitRecord, late, n, s, w } from './emit_record.ts';

const KEY = /^([\w-]{1,100}):\s*(.*?)\s*$/;
const MEMORY = /^drm-(?:total|shared|resident|evicted|purgeable|active|memory)-/;
const CLIENT = /^drm-(?:driver|pdev|client-id|client-name)$/;
const ENGINE = /^drm-engine-(?!capacity-)/;
/** Keys of one descriptor; more of them are no descriptor. */
const MAX_KEYS = 2_000;

export class FdinfoReader implements CaptureReader {
  private keys = new Map<string, string>();
  private snapshot = 0;
  private without = 0;

  constructor(private readonly context: ImportContext) {}

  line(text: string): void {
    if (text.trim() === '' || text.startsWith('#')) {
      this.flush();
      return;
    }
    const match = KEY.exec(text);
    if (!match) {
      this.context.notUnderstood(text);
      return;
    }
    if (this.keys.has(match[1]!) || this.keys.size >= MAX_KEYS) this.flush();
    this.keys.set(match[1]!, match[2]!);
  }

  end(): void {
    this.flush();
    if (this.without > 0)
      this.context.remark(
        `${this.without} descriptors have no drm-driver: they are none of DRM, or cut off.`,
      );
  }

  private flush(): void {
    const { keys } = this;
    if (keys.size === 0) return;
    this.keys = new Map();
    const { sink } = this.context;
    const index = this.snapshot++;
    const emit = (name: string, ...fields: Parameters<typeof emitRecord>[4]) =>
      emitRecord(sink, `drm_fdinfo:${name}`, 0, null, [n('snapshot', index), ...fields]);
    const client = parseDrmFdinfo([...keys].map(([key, value]) => `${key}:\t${value}`).join('\n'));
    if (client) {
      emit(
        'client',
        s('driver', client.driver),
        s('pdev', client.pdev || null),
        w('client_id', client.clientId),
        late(s('client_name', client.name || null)),
      );
    } else this.without++;
    for (const [region, bytes] of client?.regions ?? []) {
      for (const kind of REGION_KEYS) {
        if (bytes[kind] !== undefined)
          emit('memory', s('kind', kind), s('region', region), w('bytes', bytes[kind]));
      }
    }
    for (const [engine, ns] of client?.engineNs ?? []) emit('engine', s('engine', engine), w('busy_ns', ns));
    for (const [key, value] of keys) {
      if (client && (CLIENT.test(key) || this.isRead(key, client))) continue;
      emit('key', s('key', key), s('value', value));
    }
  }

  /** True for a line whose number went into an event of its own. */
  private isRead(key: string, client: NonNullable<ReturnType<typeof parseDrmFdinfo>>): boolean {
    if (ENGINE.test(key)) return client.engineNs.has(key.slice('drm-engine-'.length));
    if (!MEMORY.test(key) || key.startsWith('drm-total-cycles-')) return false;
    const [, , word, region] = /^(drm-)((\w+?))-(.*)$/.exec(key) ?? [];
    const bytes = client.regions.get(region ?? '') ?? client.regions.get(key.replace(MEMORY, ''));
    const kind = word === 'memory' ? 'resident' : REGION_KEYS.find(each => each === word);
    return bytes !== undefined && kind !== undefined && bytes[kind] !== undefined;
  }
}
