/** Tracepoints of the room dma_buf. */
export {};
