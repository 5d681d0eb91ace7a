/**
 * The report of a profile as JSON: numbers with how they came about, points for charts, what is missing and why.
 *
 * Version    PROFILE_VERSION counts up when a field changes its meaning; a report of another version is refused
 * Kinds      `measured`: read from a clock, one duration a sample. `derived`: computed from a longer duration (a loop divided by
 *            its count, a copy between empty passes, a ratio). `unknown`: tried and not obtained; `note` says why
 */
import * as v from 'valibot';

export const PROFILE_FORMAT = 'gart-lab-profile';
export const PROFILE_VERSION = 1;

export const FIGURE_KINDS = ['measured', 'derived', 'unknown'] as const;
export type FigureKind = (typeof FIGURE_KINDS)[number];
export const FIGURE_SOURCES = ['wall clock', 'GPU timestamps', 'count'] as const;
export type FigureSource = (typeof FIGURE_SOURCES)[number];
export const FIGURE_UNITS = ['us', 'ns', 'GB/s', 'ratio', 'bytes', 'percent', 'count'] as const;
export type FigureUnit = (typeof FIGURE_UNITS)[number];
export const SECTION_IDS = ['buffers', 'moves', 'gart', 'cliff', 'shoot-down'] as const;
export type SectionId = (typeof SECTION_IDS)[number];
export const SECTION_STATES = ['complete', 'partial', 'not run'] as const;
export type SectionState = (typeof SECTION_STATES)[number];

const finite = v.pipe(v.number(), v.finite());
const maybe = v.nullable(finite);

const figure = v.strictObject({
  /** The same in every report: figures of two reports are compared by it. */
  id: v.pipe(v.string(), v.minLength(1)),
  what: v.string(),
  /** What the figure depends on: size, batch, layout, ... */
  of: v.record(v.string(), v.union([v.string(), finite])),
  unit: v.picklist(FIGURE_UNITS),
  better: v.picklist(['lower', 'higher', 'neither']),
  kind: v.picklist(FIGURE_KINDS),
  by: v.picklist(FIGURE_SOURCES),
  /** Median; null when unknown. */
  value: maybe,
  /** Lower and upper quartile. */
  low: maybe,
  high: maybe,
  samples: v.array(finite),
  /** Operations in one sample; more than one when a single one is too short for the clock. */
  loops: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Why it is derived or unknown; empty for measured figures. */
  note: v.string(),
});
export type Figure = v.InferOutput<typeof figure>;

const series = v.strictObject({
  name: v.string(),
  points: v.array(v.tuple([finite, maybe])),
});

/** Lines over one axis; values that do not exist are null. */
const chart = v.strictObject({
  title: v.string(),
  x: v.string(),
  y: v.string(),
  /** Ratios between neighbours mean more than differences. */
  logX: v.boolean(),
  logY: v.boolean(),
  series: v.array(series),
});
export type ProfileChart = v.InferOutput<typeof chart>;

/** What became of a working set that grew. */
const outcome = v.strictObject({
  of: v.string(),
  outcome: v.picklist(['moved', 'out-of-memory', 'limit', 'unknown']),
  /** Bytes, or percent of the budget, at which it happened. */
  at: finite,
  unit: v.picklist(['bytes', 'percent']),
  sentence: v.string(),
});
export type CliffOutcome = v.InferOutput<typeof outcome>;

const section = v.strictObject({
  id: v.picklist(SECTION_IDS),
  title: v.string(),
  state: v.picklist(SECTION_STATES),
  /** Why it is not complete, one sentence each. */
  missing: v.array(v.string()),
  figures: v.array(figure),
  charts: v.array(chart),
  outcomes: v.array(outcome),
  seconds: finite,
});
export type SectionReport = v.InferOutput<typeof section>;

const timeline = v.strictObject({
  /** Milliseconds since the profile began; one clock for the model and the kernel. */
  charts: v.array(chart),
  /** Sources of the kernel that were read. */
  present: v.array(v.string()),
  /** Sources that are not there, with the reason. */
  absent: v.array(v.string()),
});
export type TimelineReport = v.InferOutput<typeof timeline>;

const report = v.strictObject({
  format: v.literal(PROFILE_FORMAT),
  version: v.literal(PROFILE_VERSION),
  /** ISO 8601, UTC. */
  date: v.pipe(v.string(), v.isoTimestamp()),
  quick: v.boolean(),
  /** Asked to stop before the end. */
  cancelled: v.boolean(),
  environment: v.strictObject({
    adapter: v.string(),
    vendor: v.string(),
    architecture: v.string(),
    /** A CPU does the GPU's work: the numbers say nothing about a GPU. */
    software: v.boolean(),
    driver: v.string(),
    backend: v.string(),
    provider: v.string(),
    flags: v.array(v.string()),
    versions: v.record(v.string(), v.string()),
    /** What else the processors had to do when the profile began, in words. */
    load: v.string(),
    /** Machine description of the sections that go through the lab. */
    machine: v.string(),
  }),
  clocks: v.strictObject({
    clockStepNs: finite,
    /** Null without GPU timestamps. */
    timestampStepNs: maybe,
    /** Durations of fewer steps than this are looped. */
    minSteps: finite,
  }),
  limits: v.record(v.string(), finite),
  sections: v.array(section),
  timeline,
  seconds: finite,
});
export type ProfileReport = v.InferOutput<typeof report>;

/** A report that cannot be read, in a whole sentence. */
export class ProfileReportError extends Error {
  override readonly name = 'ProfileReportError';
}

/**
 * Check a report.
 *
 * @param where path or name for the sentence
 * @throws ProfileReportError naming the field
 */
export function parseProfileReport(document: unknown, where: string): ProfileReport {
  const head = v.safeParse(v.object({ format: v.literal(PROFILE_FORMAT), version: v.number() }), document);
  if (!head.success) throw new ProfileReportError(`${where} is not a report of the profiler.`);
  if (head.output.version !== PROFILE_VERSION) {
    throw new ProfileReportError(
      `${where} has version ${head.output.version}; this program reads version ${PROFILE_VERSION}.`,
    );
  }
  const result = v.safeParse(report, document);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue) ?? 'the report';
  throw new ProfileReportError(`${where}: ${path}: ${issue.message}`);
}

/** All figures of a report, by id. */
export function figuresById({ sections }: ProfileReport): ReadonlyMap<string, Figure> {
  return new Map(sections.flatMap(({ figures }) => figures.map(each => [each.id, each] as const)));
}
