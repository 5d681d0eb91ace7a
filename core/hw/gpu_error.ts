/**
 * Trouble of the GPU itself: not an errno (no caller caused it) and not a fault outcome.
 */
export type GpuErrorKind = 'validation' | 'out-of-memory' | 'device-lost' | 'no-adapter';

export class GpuError extends Error {
  override readonly name = 'GpuError';

  /**
   * @param kind   `validation` means that our own command was wrong
   * @param detail a whole sentence with the values that decided
   */
  constructor(
    readonly kind: GpuErrorKind,
    readonly detail: string,
  ) {
    super(`${kind}: ${detail}`);
  }
}
