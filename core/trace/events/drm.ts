/** Tracepoints of the room drm. */
export {};
