/**
 * What the window sees of the kernel: readonly rows, rebuilt from kernel state and trace events by worker/lab_view.ts.
 *
 * Units  pages (4096 bytes) and virtual nanoseconds unless a name says otherwise
 * Rule   nothing here is a second state: a view is a picture of one instant and is thrown away with the next
 */

/** Where an object's bytes live; the order is the order of the slabs. */
export const PLACEMENTS = ['VRAM', 'TT', 'SYSTEM', 'SWAP'] as const;
export type Placement = (typeof PLACEMENTS)[number];

/** Where a number comes from: read from a clock or counter, computed from such, virtual, or not to be had. */
export type Source = 'measured' | 'derived' | 'model' | 'unknown';

/** A run of pages at an address of its placement. */
export interface PageRun {
  readonly firstPage: number;
  readonly nrPages: number;
}

/** One memory of the machine with its capacity. */
export interface PlacementView {
  readonly placement: Placement;
  /** What the machine has. */
  readonly sizePages: number;
  /** What the budget allows; equals `sizePages` where there is no budget. */
  readonly budgetPages: number;
  /** The part, from its start, that the processor reaches; equals `sizePages` where that is everything. */
  readonly visiblePages: number;
  /** The budget can be set. */
  readonly adjustable: boolean;
  readonly usedPages: number;
}

/** Who refers to an object. */
export interface HolderView {
  readonly task: string;
  readonly pid: number;
  /** `handle 3`, `fd 9`, `map 7f2a40000`: in the kernel's words. */
  readonly how: string;
  /** Present PTEs of this holder into the object now. */
  readonly presentPtes: number;
}

/** One buffer object. */
export interface ObjectView {
  readonly id: number;
  readonly name: string;
  readonly placement: Placement;
  readonly nrPages: number;
  /** Where in the placement; empty for SYSTEM and SWAP, whose pages have no address of their own. */
  readonly runs: readonly PageRun[];
  /** Why it may not move (`scan-out`, `ring`), or null. */
  readonly pinned: string | null;
  /** VMAs that map it, over all tasks. */
  readonly maps: number;
  /** A move whose fence has not signalled. */
  readonly moving: boolean;
  /** Virtual time of its last use; -1: its driver does not know it. */
  readonly lastUse: number;
  /** First GART entry that leads to it, or null when it is not bound. */
  readonly gartEntry: number | null;
  readonly holders: readonly HolderView[];
}

/** One mapping of a task. */
export interface VmaView {
  readonly id: number;
  /** First page of the task's address space. */
  readonly startPage: number;
  readonly nrPages: number;
  /** `rw-s`, as in /proc/<pid>/maps. */
  readonly perm: string;
  /** What is mapped, as in /proc/<pid>/maps. */
  readonly name: string;
  /** The object it shows, or null for other memory. */
  readonly objectId: number | null;
  readonly presentPtes: number;
  /** Where the present PTEs lead; null when there is none. */
  readonly leadsTo: Placement | null;
  /** PTEs that the last shoot-down took and no fault has brought back. */
  readonly zappedPtes: number;
}

export interface FdView {
  readonly fd: number;
  readonly path: string;
}

export interface TaskView {
  readonly pid: number;
  readonly name: string;
  /** Why it does not run (`waits for fence 12`, `SIGBUS`), or null. */
  readonly state: string | null;
  readonly fds: readonly FdView[];
  readonly vmas: readonly VmaView[];
}

/** A run of equal entries of the GART. */
export interface GartRunView {
  readonly firstEntry: number;
  readonly nrEntries: number;
  /** Where the entries lead, or null for unbound entries. */
  readonly leadsTo: 'VRAM' | 'TT' | null;
  readonly objectId: number | null;
}

export interface GartView {
  readonly nrEntries: number;
  /** Bound runs in order of address; everything between them is unbound. */
  readonly runs: readonly GartRunView[];
}

/** One line of the walk that chose a victim. */
export interface CandidateView {
  readonly objectId: number;
  readonly name: string;
  /** Virtual time since its last use when the walk passed it. */
  readonly age: number;
  /** In the model's words: `pinned`, `busy fence`, `reserved`, `wrong range`, `idle, frees 2025 pages`. */
  readonly reason: string;
  /** `other victim`: the same walk evicted it as well. */
  readonly outcome: 'victim' | 'other victim' | 'skipped' | 'not reached' | 'never walked';
  /** How many objects the line stands for. */
  readonly count: number;
}

/** The answer to `why was this evicted`. */
export interface WhyView {
  /** Counts evictions of the run from 1. */
  readonly number: number;
  readonly time: number;
  readonly victimId: number;
  readonly victim: string;
  /** One sentence of need. */
  readonly need: string;
  readonly policy: string;
  readonly candidates: readonly CandidateView[];
}

/** What the machine answered about its bytes. */
export interface VerifiedView {
  /** Inputs done when the machine was asked; a run in progress is not interrupted for it. */
  readonly atInput: number;
  readonly objects: number;
  readonly verified: number;
  /** Names of the objects whose bytes are wrong. */
  readonly wrong: readonly string[];
}

export interface GpuBytesView {
  /** Counted by createBuffer and destroy; null on a machine without a GPU. */
  readonly liveBytes: number | null;
  /** Computed from model state alone. */
  readonly expectedBytes: number | null;
  /** Part of both: buffers for copies, kept for the next one. They follow what was done, not where the playhead stands. */
  readonly stagingBytes?: number;
}

/** Everything that is not a list. */
export interface StatusView {
  /** Counts views; a step back raises it too. */
  readonly number: number;
  readonly time: number;
  readonly events: number;
  /** Oldest events that are not kept any more: the lab keeps MOST_EVENTS_KEPT. */
  readonly eventsDropped?: number;
  /** The newest instant that is known: after a step back it lies behind the one shown. */
  readonly newest: { readonly time: number; readonly events: number; readonly inputsDone: number };
  /** Inputs done and inputs of the scene. */
  readonly inputsDone: number;
  readonly inputs: number;
  readonly running: boolean;
  /** The last input done, as a person would write it: `game: touch map1 page 0`. Empty before the first. */
  readonly lastInput: string;
  /** Where several devices manage memory: whose memories and objects are shown, and who has some. */
  readonly devices?: { readonly shown: string; readonly all: readonly string[] };
  /** The scene's words at this moment. */
  readonly caption: string;
  readonly invariantsChecked: number;
  /** Sentences of the invariants that fail. */
  readonly invariantsBroken: readonly string[];
  readonly gpu: GpuBytesView;
  readonly verified: VerifiedView;
  /** Digest over all events so far, 16 hex digits. */
  readonly digest: string;
}

/** The whole picture of one instant. */
export interface LabView {
  readonly status: StatusView;
  readonly placements: readonly PlacementView[];
  readonly objects: readonly ObjectView[];
  readonly tasks: readonly TaskView[];
  readonly gart: GartView;
  /** The newest evictions, oldest first; at most 64. */
  readonly why: readonly WhyView[];
}

/** Something that moved since the view before; the window animates these and nothing else. */
export type Change =
  | {
      readonly kind: 'move';
      readonly objectId: number;
      readonly from: Placement;
      readonly to: Placement;
      readonly nrPages: number;
      /** Bytes per second, or null where nothing measured it. */
      readonly rate: number | null;
      readonly rateSource: Source;
    }
  | {
      readonly kind: 'zap';
      readonly objectId: number;
      readonly ptes: number;
      readonly vmaIds: readonly number[];
    }
  | {
      readonly kind: 'fault';
      readonly pid: number;
      readonly vmaId: number;
      readonly objectId: number | null;
      /** The mapping had lost its entries to a shoot-down before. */
      readonly refault: boolean;
      /** `fault`, or the signal it ended in. */
      readonly outcome: string;
    };

/** One line of the event list. */
export interface EventRow {
  readonly index: number;
  readonly time: number;
  /** Name of the task, `kernel` for the kernel itself. */
  readonly task: string;
  /** `system:object_verb`. */
  readonly name: string;
  /** Fields with their values, in column order. */
  readonly text: string;
  readonly objectId: number | null;
}

/** What a scene offers before it is loaded. */
export interface SceneInfo {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
}

/** The device that owns the bytes. */
export interface AdapterView {
  /** `webgpu` owns GPU memory; `host` keeps the bytes in this process. */
  readonly machine: 'webgpu' | 'host';
  readonly name: string;
  readonly software: boolean;
  /** Why it is this one, a sentence. */
  readonly because: string;
  /** The host machine stands in for a GPU, which may be tried again. */
  readonly canTryGpu?: boolean;
}

/** What a person can select; one selection for the whole window. */
export type Selection =
  | { readonly kind: 'object'; readonly id: number }
  | { readonly kind: 'task'; readonly pid: number }
  | { readonly kind: 'vma'; readonly pid: number; readonly id: number }
  | { readonly kind: 'event'; readonly index: number };

/** What the inspector adds to the rows that the window already has. */
export interface SelectionDetails {
  readonly selection: Selection;
  /** Label and value, in the order to show. */
  readonly facts: readonly { readonly label: string; readonly value: string; readonly source?: Source }[];
  /** Newest first. */
  readonly history: readonly { readonly time: number; readonly text: string; readonly eventIndex: number }[];
}
