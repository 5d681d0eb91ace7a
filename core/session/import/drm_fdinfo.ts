/**
 * Reads what the kernel says of a DRM client in /proc/<pid>/fdinfo/<fd>.
 *
 * Models     Documentation/gpu/drm-usage-stats.rst, Linux 6.18; drm_show_fdinfo, drm_show_memory_stats
 * Units      bytes (KiB and MiB are multiplied), nanoseconds of busy time
 * Kept       keys of other drivers and of no driver are passed over: only drm- keys have a meaning that holds everywhere
 */
import type { Bytes, Nanoseconds } from '../../base/units.ts';

export const REGION_KEYS = ['total', 'shared', 'resident', 'evicted', 'purgeable', 'active'] as const;
export type RegionKey = (typeof REGION_KEYS)[number];

/** Bytes of one region; a key that the driver does not print is missing. */
export type RegionBytes = { readonly [key in RegionKey]?: Bytes };

export interface DrmClient {
  readonly driver: string;
  /** `0000:03:00.0`; empty for devices that are on no PCI bus. */
  readonly pdev: string;
  /** Null when the driver prints none: then descriptors cannot be told to be one client. */
  readonly clientId: number | null;
  readonly name: string;
  /** By name of the region: `memory`, `vram0`, `gtt`, ... */
  readonly regions: ReadonlyMap<string, RegionBytes>;
  /** Busy time by engine. */
  readonly engineNs: ReadonlyMap<string, Nanoseconds>;
  /** Equal engines behind one name, where there is more than one. */
  readonly engineCapacity: ReadonlyMap<string, number>;
}

const FACTORS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 * 1024 };

/** `16480 KiB`; undefined for what is no size. */
function sizeOf(value: string): Bytes | undefined {
  const match = /^(\d+)(?: (KiB|MiB))?$/.exec(value);
  return match ? Number(match[1]) * FACTORS[match[2] ?? '']! : undefined;
}

/** Splits `resident-stolen-system0`: the region may contain hyphens, the word in front does not. */
function regionKey(key: string): { readonly what: RegionKey; readonly region: string } | undefined {
  const at = key.indexOf('-');
  // Clock cycles of an engine, not bytes of a region.
  if (at < 0 || key.startsWith('total-cycles-')) return undefined;
  const word = key.slice(0, at);
  // The name of `resident` in amdgpu, before there was one for all.
  const what = word === 'memory' ? 'resident' : REGION_KEYS.find(known => known === word);
  return what && { what, region: key.slice(at + 1) };
}

/** The client of one descriptor, or undefined when the descriptor is none of DRM (no drm-driver). */
export function parseDrmFdinfo(text: string): DrmClient | undefined {
  let driver: string | undefined;
  let pdev = '';
  let clientId: number | null = null;
  let name = '';
  const regions = new Map<string, { [key in RegionKey]?: Bytes }>();
  const aliases = new Map<string, Bytes>();
  const engineNs = new Map<string, Nanoseconds>();
  const engineCapacity = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^drm-([^:]+):\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const [, key, value] = match as unknown as [string, string, string];
    if (key === 'driver') driver = value;
    else if (key === 'pdev') pdev = value;
    else if (key === 'client-id') clientId = /^\d+$/.test(value) ? Number(value) : null;
    else if (key === 'client-name') name = value;
    else if (key.startsWith('engine-capacity-')) {
      if (/^\d+$/.test(value)) engineCapacity.set(key.slice('engine-capacity-'.length), Number(value));
    } else if (key.startsWith('engine-')) {
      const busy = /^(\d+) ns$/.exec(value);
      if (busy) engineNs.set(key.slice('engine-'.length), Number(busy[1]));
    } else {
      const split = regionKey(key);
      const bytes = split && sizeOf(value);
      if (!split || bytes === undefined) continue;
      if (key.startsWith('memory-')) {
        aliases.set(split.region, bytes);
        continue;
      }
      const region = regions.get(split.region) ?? {};
      region[split.what] = bytes;
      regions.set(split.region, region);
    }
  }
  if (driver === undefined) return undefined;
  for (const [region, bytes] of aliases) regions.set(region, { resident: bytes, ...regions.get(region) });
  return { driver, pdev, clientId, name, regions, engineNs, engineCapacity };
}

/** One entry for each client: the same one shows up behind every duplicate of its descriptor. */
export function distinctClients(clients: readonly DrmClient[]): DrmClient[] {
  const seen = new Set<string>();
  return clients.filter(({ driver, pdev, clientId }) => {
    if (clientId === null) return true;
    const key = `${driver} ${pdev} ${clientId}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
