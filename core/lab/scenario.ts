/**
 * Scenarios: a small declarative format that expands to one input log with captions, and is checked before anything runs.
 *
 * Format     assets/scenarios/<id>.json. `steps` holds captions, inputs, one `pause`, `repeat` (a counter) and `each` (a list of values)
 * Variables  `{name}` inside a text stands for the variable's value; a text that is nothing but `{name}`, `{name+1}` or
 *            `{name*4096+12}` becomes that number
 * Not for    conditions or loops that depend on answers: a scenario is a fixed list of inputs, like every log
 */
import * as v from 'valibot';
import { type MachineDescription, vramBytesOf } from '../hw/machine_description.ts';
import type { Input, Json } from '../session/input.ts';
import { describeIssue, inputSchema } from '../session/input_log.ts';

/** Inputs a scenario may expand to. */
export const MAX_SCENARIO_INPUTS = 200_000;

/** Numbers of a run that a scenario may state expectations about. */
export const EXPECTED_COUNTS = [
  'evictions',
  'refaultsInPlace',
  'refaultsMoved',
  'validatesBack',
  'ptesCleared',
  'tasksHit',
  'bytesMoved',
  'sigbus',
  'fileEntriesCleared',
  'staleReads',
  'objects',
  'contentsVerified',
] as const;
export type ExpectedCount = (typeof EXPECTED_COUNTS)[number];

type Step =
  | Input
  | { readonly caption: string }
  | { readonly pause: true }
  | { readonly repeat: number; readonly counter: string; readonly steps: readonly Step[] }
  | { readonly each: readonly Json[]; readonly name: string; readonly steps: readonly Step[] };

/** An expected number: exactly, at least, at most. */
export type Expectation = number | { readonly atLeast: number } | { readonly atMost: number };

/** Words shown from the input at `position` on. */
export interface Caption {
  readonly position: number;
  readonly text: string;
}

/** What a scenario needs at least of its machine. */
export interface ScenarioNeeds {
  readonly vramBytes?: number | undefined;
  readonly visibleVramBytes?: number | undefined;
  readonly ramBytes?: number | undefined;
  readonly gartEntries?: number | undefined;
  /** It rings doorbells, which only this layout of VRAM has. */
  readonly layout?: 'paged' | undefined;
}

/** A scenario, checked and expanded. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** Id of a machine description. */
  readonly machine: string;
  readonly seed: number;
  readonly needs: ScenarioNeeds;
  /** Input at which a window that opens the scenario pauses first. */
  readonly pauseAt: number;
  readonly inputs: readonly Input[];
  readonly captions: readonly Caption[];
  readonly expect: Readonly<Partial<Record<ExpectedCount, Expectation>>>;
}

/** A scenario that cannot be used; the message names the file, the place and the value. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const variable = v.pipe(v.string(), v.regex(/^[a-z][a-zA-Z0-9]*$/, 'a variable is a lower case word'));

const stepSchema: v.GenericSchema<Step> = v.lazy(input => {
  if (typeof input === 'object' && input !== null) {
    if ('caption' in input) return asStep(v.strictObject({ caption: v.pipe(v.string(), v.minLength(1)) }));
    if ('pause' in input) return asStep(v.strictObject({ pause: v.literal(true) }));
    if ('repeat' in input) {
      return asStep(v.strictObject({ repeat: count, counter: variable, steps: v.array(stepSchema) }));
    }
    if ('each' in input) {
      return asStep(
        v.strictObject({
          each: v.array(v.custom<Json>(isScalar)),
          name: variable,
          steps: v.array(stepSchema),
        }),
      );
    }
  }
  return asStep(inputSchema);
});

const needsSchema = v.strictObject({
  vramBytes: v.optional(count),
  visibleVramBytes: v.optional(count),
  ramBytes: v.optional(count),
  gartEntries: v.optional(count),
  layout: v.optional(v.literal('paged')),
});

const expectationSchema = v.union(
  [count, v.strictObject({ atLeast: count }), v.strictObject({ atMost: count })],
  'must be a count, {"atLeast": n} or {"atMost": n}',
);

/** What a file of a scenario holds, before it is expanded. */
export const scenarioSchema = v.strictObject({
  format: v.literal('gart-lab-scenario'),
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/, 'must be lower case letters, digits and dashes')),
  title: v.pipe(v.string(), v.minLength(1)),
  summary: v.string(),
  machine: v.string(),
  seed: v.optional(count, 1),
  needs: v.optional(needsSchema, {}),
  steps: v.array(stepSchema),
  expect: v.optional(v.record(v.picklist(EXPECTED_COUNTS), expectationSchema), {}),
});

function asStep(schema: v.GenericSchema<never> | unknown): v.GenericSchema<Step> {
  return schema as v.GenericSchema<Step>;
}

function isScalar(value: unknown): boolean {
  return value === null || ['boolean', 'number', 'string'].includes(typeof value);
}

/**
 * Read a scenario file.
 *
 * @param text the file
 * @param from its name, for messages
 * @throws ScenarioError naming path and value
 */
export function parseScenario(text: string, from: string): Scenario {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new ScenarioError(`${from} is not JSON (${(error as Error).message}).`);
  }
  const parsed = v.safeParse(scenarioSchema, document);
  if (!parsed.success)
    throw new ScenarioError(`${from} is not a scenario: ${describeIssue(parsed.issues[0])}`);
  const { steps, format: _format, version: _version, ...rest } = parsed.output;
  const expansion = new Expansion(from);
  expansion.expand(steps, new Map());
  return { ...rest, inputs: expansion.inputs, captions: expansion.captions, pauseAt: expansion.pauseAt };
}

/** The machine must be able to hold what the scenario asks for. @throws ScenarioError with both numbers */
export function checkNeeds(scenario: Scenario, machine: MachineDescription): void {
  const { layout: _layout, ...sizes } = scenario.needs;
  const has: Required<Record<keyof typeof sizes, number>> = {
    vramBytes: vramBytesOf(machine),
    visibleVramBytes: machine.devices.reduce((sum, device) => sum + device.visibleVramBytes, 0),
    ramBytes: machine.ramBytes,
    gartEntries: machine.gartEntries,
  };
  for (const [what, needed] of Object.entries(sizes)) {
    const present = has[what as keyof typeof sizes];
    if (needed !== undefined && needed > present) {
      throw new ScenarioError(
        `The scenario ${scenario.id} asks for ${needed} ${what}, but the machine ${machine.name} has ${present}.`,
      );
    }
  }
}

/** @returns true when a number is as expected */
export function meets(expected: Expectation, value: number): boolean {
  if (typeof expected === 'number') return value === expected;
  return 'atLeast' in expected ? value >= expected.atLeast : value <= expected.atMost;
}

/** One expansion: unrolls counters and lists, replaces variables. */
class Expansion {
  readonly inputs: Input[] = [];
  readonly captions: Caption[] = [];
  pauseAt = 0;
  private readonly variable = new Map<object, boolean>();

  constructor(private readonly from: string) {}

  expand(steps: readonly Step[], variables: ReadonlyMap<string, Json>): void {
    for (const step of steps) {
      if ('caption' in step) {
        this.captions.push({
          position: this.inputs.length,
          text: String(this.replace(step.caption, variables)),
        });
      } else if ('pause' in step) {
        this.pauseAt = this.inputs.length;
      } else if ('repeat' in step) {
        const inside = new Map(variables);
        for (let i = 0; i < step.repeat; i++) this.expand(step.steps, inside.set(step.counter, i));
      } else if ('each' in step) {
        const inside = new Map(variables);
        for (const value of step.each) this.expand(step.steps, inside.set(step.name, value));
      } else {
        if (this.inputs.length >= MAX_SCENARIO_INPUTS) {
          throw new ScenarioError(`${this.from} expands to more than ${MAX_SCENARIO_INPUTS} inputs.`);
        }
        this.inputs.push(this.replace(step as unknown as Json, variables) as unknown as Input);
      }
    }
  }

  /** A value with its variables replaced; the value itself when there is none in it: most of what is repeated stays as it is. */
  private replace(value: Json, variables: ReadonlyMap<string, Json>): Json {
    if (typeof value === 'string') return value.includes('{') ? this.replaceText(value, variables) : value;
    if (typeof value !== 'object' || value === null || !this.hasVariables(value)) return value;
    if (Array.isArray(value)) return value.map(item => this.replace(item, variables));
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => [key, this.replace(field, variables)]),
    );
  }

  /** Looked at once for each part of the file, however often it is repeated. */
  private hasVariables(value: Json): boolean {
    if (typeof value === 'string') return value.includes('{');
    if (typeof value !== 'object' || value === null) return false;
    let found = this.variable.get(value);
    if (found === undefined) {
      found = Object.values(value).some(each => this.hasVariables(each as Json));
      this.variable.set(value, found);
    }
    return found;
  }

  private replaceText(text: string, variables: ReadonlyMap<string, Json>): Json {
    const whole = /^\{([^{}]+)\}$/.exec(text);
    if (whole) return this.evaluate(whole[1]!, variables, text);
    return text.replace(/\{([^{}]+)\}/g, (_all, inner: string) =>
      String(this.evaluate(inner, variables, text)),
    );
  }

  /** `name`, or `name` followed by `*number`, `+number` and `-number`, from left to right. */
  private evaluate(expression: string, variables: ReadonlyMap<string, Json>, text: string): Json {
    const parts = /^([a-z][a-zA-Z0-9]*)((?:[-+*%]\d+)*)$/.exec(expression);
    const value = parts ? variables.get(parts[1]!) : undefined;
    if (!parts || value === undefined) {
      throw new ScenarioError(
        `${this.from}: {${expression}} in ${JSON.stringify(text)} is not a variable with +, -, * or % a number.`,
      );
    }
    const operations = parts[2]!.match(/[-+*%]\d+/g);
    if (!operations) return value;
    if (typeof value !== 'number') {
      throw new ScenarioError(`${this.from}: {${expression}} calculates with ${JSON.stringify(value)}.`);
    }
    let result = value;
    for (const operation of operations) {
      const operand = Number(operation.slice(1));
      if (operation[0] === '+') result += operand;
      else if (operation[0] === '-') result -= operand;
      else if (operation[0] === '*') result *= operand;
      else result %= operand;
    }
    return result;
  }
}
