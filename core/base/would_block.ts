/**
 * The answer of a system call that must wait: it names a fence, leaves no half-done state, and is run again later.
 *
 * Rule       thrown by the system-call face only (a fault that answers RETRY, an ioctl that waits for idle). Whoever drives
 *            the kernel brings the machine's work to an end, advances virtual time to the fence's signal and repeats the call.
 * Not for    refusals (base/errno.ts: KernelError): a call with O_NONBLOCK answers EBUSY or EAGAIN itself
 */
export class WouldBlock extends Error {
  override readonly name = 'WouldBlock';

  /**
   * @param fence what the call waits for; a DmaFence of dma_buf/, typed loosely because it lies above
   * @param op    the call, for the message when nothing ever signals the fence
   */
  constructor(
    readonly fence: object,
    readonly op: string,
  ) {
    super(`${op} waits for a fence that has not signalled.`);
  }
}
