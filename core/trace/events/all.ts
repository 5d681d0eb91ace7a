/** All tracepoints, in the one order that fixes their ids. Import this file before reading `allEventTypes()`. */
import './mm.ts';
import './fs.ts';
import './dma_buf.ts';
import './drm.ts';
import './hw.ts';
import './kernel.ts';
