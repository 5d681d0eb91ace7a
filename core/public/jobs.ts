/**
 * Long work beside the lab, in a worker of its own: experiments, the profiler, conformance, exports. One job at a time; the lab goes on.
 */

/** One cell of a table. */
export type ReportCell = string | number;

export interface ReportTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ReportCell[])[];
}

/** Bars in groups: one group per category, one bar per series. */
export interface ReportBars {
  readonly title: string;
  readonly unit: string;
  readonly categories: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}

/** Lines over one axis; values that do not exist are null. */
export interface ReportLines {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number | null])[];
  }[];
}

export interface ReportSection {
  readonly title: string;
  /** What was found, or what is missing, a sentence each. */
  readonly sentences: readonly string[];
  readonly tables: readonly ReportTable[];
  readonly bars: readonly ReportBars[];
  readonly lines: readonly ReportLines[];
}

/** What a job found, for every panel that shows one. */
export interface JobReport {
  readonly title: string;
  /** The question, or what was measured. */
  readonly about: string;
  /** What it ran on, in words; a software adapter is named as one. */
  readonly machine: string;
  readonly software: boolean;
  readonly problems: readonly string[];
  readonly sections: readonly ReportSection[];
  /** The report as one HTML file, and its figures as JSON. */
  readonly html: string;
  readonly json: string;
}

export interface ExperimentInfo {
  readonly name: string;
  readonly title: string;
  readonly question: string;
}

export type JobRequest =
  | { readonly kind: 'experiment'; readonly name: string; readonly machine: 'host' | 'auto' }
  | {
      readonly kind: 'profile';
      readonly quick: boolean;
      readonly driverCliff: boolean;
      /** Bytes of plain allocations at most. */
      readonly gpuLimit: number;
    }
  | { readonly kind: 'conform' }
  /** A session as files of another kind; answered by `files`. */
  | {
      readonly kind: 'export';
      readonly to: ExportKind;
      /** Of the files, without an ending. */
      readonly name: string;
      /** The session as a .gartlab file. */
      readonly session: Uint8Array<ArrayBuffer>;
      /** The built player, for `html`. */
      readonly player?: { readonly script: string; readonly style: string };
    };

/** `arrow`: a stream for each table; `frames`: the pictures of a film, as JSON. Neither is for a person. */
export const EXPORT_KINDS = ['csv', 'json', 'parquet', 'perfetto', 'html', 'arrow', 'frames'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

export interface JobFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type ToJobs =
  | { readonly type: 'list' }
  | { readonly type: 'start'; readonly job: number; readonly request: JobRequest }
  /** Stop where it can stop; what was found until then is reported. */
  | { readonly type: 'cancel'; readonly job: number };

export type FromJobs =
  | { readonly type: 'experiments'; readonly experiments: readonly ExperimentInfo[] }
  | {
      readonly type: 'progress';
      readonly job: number;
      readonly done: number;
      /** 0: nobody knows. */
      readonly total: number;
      readonly label: string;
    }
  | { readonly type: 'finished'; readonly job: number; readonly report: JobReport }
  | { readonly type: 'files'; readonly job: number; readonly files: readonly JobFile[] }
  | { readonly type: 'failed'; readonly job: number; readonly sentence: string };
