/**
 * What the window shows of the machine's engine and display.
 *
 * Units      GART byte addresses, byte offsets in the ring, virtual nanoseconds
 */
import type { Placement } from './view_types.ts';

/** One command in the ring. */
export interface RingCommandView {
  /** GART address of its header. */
  readonly address: number;
  readonly name: string;
  /** Its operands in words. */
  readonly says: string;
  /** Its dwords in hexadecimal. */
  readonly words: string;
}

/** A request, from the trace and, while it is in flight, from the engine. */
export interface RingRequestView {
  readonly seqno: number;
  /** `in flight`, `retired`, or the errno with which its fence ended. */
  readonly state: string;
  readonly submittedAt: number;
  /** When its fence signals or signalled; null when nobody knows any more. */
  readonly signalAt: number | null;
  /** First byte in the ring, and the one behind the last. */
  readonly start: number;
  readonly end: number;
  readonly nrObjects: number;
  /** Objects that it uses; empty once it is retired. */
  readonly objects: readonly { readonly id: number; readonly name: string; readonly write: boolean }[];
  /** The first commands; empty where the ring was written over since. */
  readonly commands: readonly RingCommandView[];
  readonly moreCommands: number;
}

/** A fault or a stop, newest first. */
export interface EngineTroubleView {
  readonly eventIndex: number;
  readonly time: number;
  readonly seqno: number;
  readonly kind: 'fault' | 'stop' | 'reset' | 'wedged';
  readonly address: number | null;
  /** `read fault: nothing is bound there`, `hang`, `2 replayed, 1 cancelled`. */
  readonly says: string;
}

export interface EngineView {
  readonly number: number;
  readonly device: string;
  /** `idle`, `running`, ...: what the machine's registers said at the last barrier. */
  readonly status: string;
  /** GART address and size of the ring. */
  readonly base: number;
  readonly bytes: number;
  /** Where the kernel knows the head to be, and where the next command goes. */
  readonly head: number;
  readonly tail: number;
  readonly space: number;
  /** Where the engine itself stood at the last barrier: head register and address of the command. */
  readonly engineHead: number;
  readonly active: number;
  /** Address in a batch, or null outside one. */
  readonly batch: number | null;
  readonly engineSeqno: number;
  readonly completedSeqno: number;
  readonly statusAddress: number;
  readonly resets: number;
  readonly wedged: boolean;
  /** Newest first. */
  readonly requests: readonly RingRequestView[];
  readonly troubles: readonly EngineTroubleView[];
}

export interface RingView {
  readonly engines: readonly EngineView[];
  /** Why there is no engine, or what else works in virtual time only: a sentence, or empty. */
  readonly note: string;
}

/** Dwords of a status page as the machine holds them. */
export interface StatusPageView {
  readonly address: number;
  readonly words: readonly { readonly index: number; readonly value: number; readonly name: string }[];
  /** Words that are not 0 and not listed. */
  readonly more: number;
}

/** What a display shows. */
export interface FramebufferView {
  readonly width: number;
  readonly height: number;
  /** RGBA bytes, row by row. */
  readonly pixels: Uint8Array;
  readonly device: string;
  /** `XRGB8888`, `RGB565, tiled X`. */
  readonly format: string;
  readonly pitch: number;
  /** GART address that the display reads from. */
  readonly address: number;
  readonly source: 'console' | 'framebuffer';
  readonly objectId: number;
  readonly objectName: string;
  /** Why it may not move, or null: it can be forced out. */
  readonly pinned: string | null;
  /** Pages of the picture whose GART entries lead nowhere: they show the pattern. */
  readonly unboundPages: number;
  readonly nrPages: number;
  readonly cursor: { readonly x: number; readonly y: number } | null;
  /** Text that stands in the picture in the console's font. */
  readonly text: string;
}

/** Pages of an object. */
export interface ObjectPagesView {
  readonly nrPages: number;
  /** Runs of pages that lie in one placement, in order of page; `arrived` false: the copy to there is under way. */
  readonly runs: readonly {
    readonly first: number;
    readonly nrPages: number;
    readonly placement: Placement | 'nowhere';
    readonly arrived: boolean;
  }[];
  /** Share of the copy under way that virtual time has passed, 0 to 1; 1 when nothing moves. */
  readonly progress: number;
  /** Where the pages came from while they move. */
  readonly from: Placement | null;
  /** The first entry of its binding in the formats of real hardware, the machine's own first; empty when it is not bound. */
  readonly entries: readonly { readonly format: string; readonly digits: string; readonly says: string }[];
  /** Index of that entry, and how many of the object's entries lead where they should. */
  readonly firstEntry: number | null;
  readonly validEntries: number;
}
