/**
 * What the kernel holds for the DRM clients of a process, read from /proc/<pid>/fdinfo while the lab runs.
 *
 * Units      bytes, summed over the distinct clients of the process, by region and key: `vram0 resident`
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelSource } from '../../lab/profile/profile_setup.ts';
import {
  type DrmClient,
  distinctClients,
  parseDrmFdinfo,
  REGION_KEYS,
} from '../../session/import/drm_fdinfo.ts';

/** Clients behind the descriptors of a process. @throws what reading the folder throws */
function readClients(folder: string): DrmClient[] {
  const clients: DrmClient[] = [];
  for (const fd of readdirSync(folder)) {
    let text: string;
    try {
      text = readFileSync(join(folder, fd), 'utf8');
    } catch {
      // The descriptor was closed since the folder was listed.
      continue;
    }
    const client = parseDrmFdinfo(text);
    if (client) clients.push(client);
  }
  return distinctClients(clients);
}

function sumOf(clients: readonly DrmClient[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { regions } of clients)
    for (const [region, bytes] of regions)
      for (const key of REGION_KEYS) {
        const value = bytes[key];
        if (value !== undefined) {
          const name = `${region} ${key}`;
          sums.set(name, (sums.get(name) ?? 0) + value);
        }
      }
  return sums;
}

/**
 * @param pid  the process that owns the GPU device: this one on the command line, the GPU process of a browser
 * @param proc root of the process file system
 */
export function fdinfoSource(pid: number, proc = '/proc'): KernelSource {
  const folder = join(proc, String(pid), 'fdinfo');
  const look = (): DrmClient[] | string => {
    try {
      const clients = readClients(folder);
      return clients.length > 0 ? clients : `no descriptor in ${folder} belongs to a DRM device`;
    } catch (error) {
      return `${folder} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
    }
  };
  return {
    name: `DRM clients of process ${pid} (fdinfo)`,
    absent: () => {
      const seen = look();
      return typeof seen === 'string' ? seen : null;
    },
    sample: () => {
      const seen = look();
      return typeof seen === 'string' ? new Map() : sumOf(seen);
    },
  };
}
