/** Tracepoints of the room kernel. */
export {};
