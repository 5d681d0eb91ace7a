/**
 * What a transcript needs that this model does not have: calls missing in the call table, devices and nodes missing after
 * boot. Decided from the call table and the booted machine, never from names of transcripts.
 */
import type { Kernel } from '../../kernel/kernel.ts';
import { findCall } from '../../session/call_table.ts';
import type { Transcript } from './transcript_file.ts';

/** Arguments that name a device of the machine. */
const DEVICE_ARGUMENTS = ['dev', 'likeDev'] as const;

/** One sentence per thing that is missing; empty when the transcript can be run. */
export function notModelled(transcript: Transcript, kernel: Kernel): string[] {
  const reasons = new Set<string>();
  const made = new Set<string>();
  for (const { call, args, ret } of transcript.steps) {
    if (!findCall(call)) reasons.add(`The call ${call} is not in the call table.`);
    for (const argument of DEVICE_ARGUMENTS) {
      const device = args[argument];
      if (typeof device !== 'string') continue;
      const [name] = device.split(':');
      if (!kernel.hasDevice(name!)) reasons.add(`The device ${name} is not in the booted machine.`);
    }
    // A refusal may be the point of a step, so only what was found counts.
    const refused = typeof ret === 'string';
    if (typeof args.path === 'string') {
      const path = args.path;
      if (call === 'sysfs.write' && !kernel.sysfs.has(path)) reasons.add(`No driver registers ${path}.`);
      if (call === 'mknod' || String(args.flags).includes('creat')) made.add(path);
      else if (
        call === 'open' &&
        !refused &&
        path.startsWith('/dev/') &&
        !made.has(path) &&
        !kernel.vfs.exists(path)
      ) {
        reasons.add(`The node ${path} does not exist in the booted machine.`);
      }
    }
    if (typeof args.like === 'string' && !refused && !made.has(args.like) && !kernel.vfs.exists(args.like)) {
      reasons.add(`The node ${args.like} does not exist in the booted machine.`);
    }
  }
  return [...reasons];
}
