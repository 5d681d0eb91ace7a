/** Tracepoints of the room fs. */
export {};
