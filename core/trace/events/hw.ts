/** Tracepoints of the room hw. */
export {};
