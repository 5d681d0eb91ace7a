/**
 * All tracepoints. Import this file before reading `allEventTypes()`. The files import each other in the one order that fixes the
 * ids (mm, fs, dma_buf, drm, hw, kernel, dax, gem_shmem, drm_mapping, bsd, i915, engine), so ids do not depend on which file a program imports first.
 */
import './engine.ts';
