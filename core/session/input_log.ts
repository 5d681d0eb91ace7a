/**
 * Input logs as text: one JSON object a line, the first one describing what the inputs were recorded on.
 *
 * A log holds everything that a run depends on: machine description (by id and hash), seed, inputs. The adapter, the VRAM
 * layout and the kind of machine are not part of it, because they must not matter.
 */
import * as v from 'valibot';
import type { Input } from './input.ts';

/** First line of a log. */
export interface InputLogHeader {
  readonly format: 'gart-lab-inputs';
  readonly version: 1;
  /** Id of the machine description, a file in assets/machines/. */
  readonly machine: string;
  /** Hash of that description, 16 hex digits; empty when the log was written by hand. */
  readonly machineHash: string;
  readonly seed: number;
  readonly title: string;
}

/** Arguments: any object; whatever JSON.parse made is a Json. */
const argsSchema = v.custom<{ readonly [name: string]: unknown }>(
  value => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

export const inputSchema = v.strictObject({
  task: v.pipe(v.string(), v.nonEmpty('a task needs a name')),
  call: v.pipe(v.string(), v.nonEmpty('a call needs a name')),
  args: v.optional(argsSchema, {}),
  as: v.optional(v.string()),
});

const headerSchema = v.strictObject({
  format: v.literal('gart-lab-inputs'),
  version: v.literal(1),
  machine: v.string(),
  machineHash: v.string(),
  seed: v.number(),
  title: v.string(),
});

/** A log that cannot be read; says which line and why. */
export class InputLogError extends Error {
  override readonly name = 'InputLogError';
}

/** The header line of a log. */
export function formatHeader(header: InputLogHeader): string {
  return `${JSON.stringify(header)}\n`;
}

/** One line of a log. */
export function formatInput(input: Input): string {
  return `${JSON.stringify(input)}\n`;
}

/** True when a text looks like an input log rather than a scenario. */
export function isInputLog(text: string): boolean {
  return /^\s*\{\s*"format"\s*:\s*"gart-lab-inputs"/.test(text);
}

/**
 * Read a whole log.
 *
 * @throws InputLogError naming the line, the field and the value
 */
export function parseInputLog(text: string): { header: InputLogHeader; inputs: Input[] } {
  const lines = text.split('\n');
  const header = parseLine(headerSchema, lines[0] ?? '', 1) as InputLogHeader;
  const inputs: Input[] = [];
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() !== '') inputs.push(parseLine(inputSchema, lines[i]!, i + 1) as Input);
  }
  return { header, inputs };
}

function parseLine(schema: v.GenericSchema, line: string, number: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InputLogError(`Line ${number} is not JSON (${(error as Error).message}).`);
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new InputLogError(`Line ${number} is not a line of an input log: ${describeIssue(parsed.issues[0])}`);
}

/** One schema issue as a sentence with path and value. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const what = path === null ? 'the whole' : path;
  const value = JSON.stringify(issue.input)?.slice(0, 80);
  return value === undefined ? `${what} is missing` : `${what} is ${value}: ${issue.message}`;
}
