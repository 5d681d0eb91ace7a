/** What a session was recorded on: the HEAD block, checked by schema. Everything a replay needs is here or in the inputs. */
import * as v from 'valibot';
import { KernelError } from '../../base/errno.ts';
import { type MachineDescription, parseMachineDescription } from '../../hw/machine_description.ts';
import { allEventTypes } from '../../trace/event.ts';
import { describeIssue } from '../input_log.ts';

const adapterSchema = v.object({
  name: v.string(),
  software: v.boolean(),
  vendor: v.optional(v.string(), ''),
  architecture: v.optional(v.string(), ''),
});

const headerSchema = v.object({
  format: v.literal('gart-lab-session'),
  /** Of this program. */
  appVersion: v.string(),
  title: v.string(),
  /** Scene it began as; empty for none. */
  scene: v.string(),
  seed: v.number(),
  /** Words that say how it was made: sabotage, slices, an import. */
  flags: v.array(v.string()),
  /** Where the bytes lay; replay needs none of it. */
  machine: v.picklist(['host', 'webgpu', 'none']),
  vram: v.picklist(['paged', 'dedicated', 'none']),
  adapter: adapterSchema,
  machineHash: v.string(),
  /** The whole machine description, so that a file opens without the assets it was made with. */
  description: v.custom<object>(value => typeof value === 'object' && value !== null, 'must be an object'),
  /** Event types by number, as `system:name field,field`; of imports see session/import/event_fields.ts. */
  eventTypes: v.array(v.string()),
  /** Tasks by number where they are not those of the lab: `comm pid` or `comm pid tgid`; number 0 is nobody in particular. */
  tasks: v.optional(v.array(v.string())),
  /** What the recorder cannot know (imports): names of kernels, files, counts. */
  origin: v.optional(v.record(v.string(), v.string()), {}),
});

export type SessionHeader = Omit<v.InferOutput<typeof headerSchema>, 'description'> & {
  readonly description: MachineDescription;
};

/** A HEAD block that cannot be understood. */
export class SessionHeaderError extends Error {
  override readonly name = 'SessionHeaderError';
}

/** Event types of this program as a header holds them. */
export function eventTypeLines(): string[] {
  return allEventTypes().map(({ name, fields }) => `${name} ${fields.join(',')}`);
}

/** A header as a block. */
export function encodeHeader(header: SessionHeader): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(header));
}

/** A file may say anything of its machine; nothing is built after what is no description. */
function checkDescription({ description }: SessionHeader): void {
  try {
    parseMachineDescription(description, 'of the session');
  } catch (error) {
    if (error instanceof KernelError) throw new SessionHeaderError(error.detail);
    throw error;
  }
}

/** The header in a block. @throws SessionHeaderError naming the field and the value */
export function decodeHeader(bytes: Uint8Array): SessionHeader {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new SessionHeaderError(`The header of the session is not JSON: ${(error as Error).message}.`);
  }
  const parsed = v.safeParse(headerSchema, value);
  if (!parsed.success) {
    throw new SessionHeaderError(`The header of the session is not one: ${describeIssue(parsed.issues[0])}`);
  }
  const header = parsed.output as unknown as SessionHeader;
  if (header.machine !== 'none') checkDescription(header);
  return header;
}
