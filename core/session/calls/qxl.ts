/**
 * Calls of the qxl driver: surfaces and their mmap offsets.
 *
 * Models     qxl_alloc_surf_ioctl, qxl_map_ioctl, drivers/gpu/drm/qxl/qxl_ioctl.c (Linux 6.12)
 */
import { KernelError } from '../../base/errno.ts';
import { pagesUp } from '../../base/units.ts';
import { createQxlObject, QXL_DRIVER } from '../../drm/drivers/qxl.ts';
import type { DrmFile } from '../../drm/drm_file.ts';
import { mapDumb } from '../../drm/dumb.ts';
import { handleForNew } from '../../drm/gem_handle.ts';
import { type CallArgs, type CallContext, numberArg, registerCalls } from '../call_table.ts';
import type { Json } from '../input.ts';
import { handleArg, ioctl, nameBo } from './drm.ts';

/** Bytes of a pixel of the surfaces (SPICE_SURFACE_FMT_32_xRGB). */
const SURFACE_CPP = 4;

/** The gate of the driver's own calls, which need authentication. */
function qxlCall<T extends Json>(
  context: CallContext,
  args: CallArgs,
  op: string,
  body: (file: DrmFile) => T,
): T {
  return ioctl(context, args, op, { auth: true }, file => {
    if (file.device.driver !== QXL_DRIVER)
      throw new KernelError('EINVAL', op, `The driver ${file.device.driver.name} has no such call.`);
    return body(file);
  });
}

registerCalls({
  /** {fd, width, height, stride?}: a surface in the surface heap, or else in VRAM; `stride` in bytes, negative for bottom up. */
  'qxl.allocSurf': (context, args) =>
    qxlCall(context, args, 'qxl.allocSurf', file => {
      const stride = Math.abs(numberArg(args, 'stride', numberArg(args, 'width') * SURFACE_CPP));
      const nrPages = pagesUp(stride * numberArg(args, 'height') + stride);
      if (nrPages <= 0)
        throw new KernelError('EINVAL', 'qxl.allocSurf', 'A surface without a pixel is none.');
      const object = createQxlObject(file.device, nrPages, 'surface');
      const handle = handleForNew(file, object);
      nameBo(context, handle, object);
      return { handle };
    }),

  /** {fd, bo | handle}: the offset under which mmap of the device finds the object. */
  'qxl.map': (context, args) =>
    qxlCall(context, args, 'qxl.map', file => ({ offset: mapDumb(file, handleArg(context, args)) })),
});
