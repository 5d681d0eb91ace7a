/** Every family of calls. Import this file before looking a call up. */
import './tasks.ts';
import './files.ts';
import './memory.ts';
import './access.ts';
import './looking.ts';
import './drm.ts';
import './drm_looking.ts';
import './dmabuf.ts';
import './dmabuf_inodes.ts';
import './lab_gpu.ts';
import './i915.ts';
import './qxl.ts';
import './bsd.ts';
import './faults.ts';
import './engine.ts';
