/**
 * Descriptors in flight: files sent over a UNIX socket and not yet received.
 *
 * Models     SCM_RIGHTS, net/core/scm.c (Linux 6.12)
 * Invariants I1 each queued message holds one reference of its file
 */
import { snapshotClass } from '../base/snapshot.ts';
import { getFile, type OpenFile, putFile } from './open_file.ts';

export class MessageQueue {
  private readonly inFlight: OpenFile[] = [];

  /** Queue a file; the message takes a reference of its own. */
  send(file: OpenFile): void {
    this.inFlight.push(getFile(file));
  }

  /** The oldest file sent, with its reference, or null when nothing was sent. */
  receive(): OpenFile | null {
    return this.inFlight.shift() ?? null;
  }

  /** Drop what was never received; the receiver is gone. */
  discard(): void {
    for (const file of this.inFlight.splice(0)) putFile(file);
  }

  /** Files in flight, for reference counts. */
  files(): readonly OpenFile[] {
    return this.inFlight;
  }
}
snapshotClass(MessageQueue, 'fs.MessageQueue');
