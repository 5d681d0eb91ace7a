/** A booted machine with FreeBSD's devices and a player, for tests. */
import { expect } from 'vitest';
import type { BsdCore } from '../bsd/bsd_core.ts';
import { shutdownAndFindLeaks } from '../lab/shutdown_leaks.ts';
import type { Json } from '../session/input.ts';
import { LabFixture, labMachine, PAGE } from './lab_fixture.ts';

type Args = { [name: string]: Json };

export class BsdFixture extends LabFixture {
  /** Boot with one FreeBSD, its session driver as /dev/session, and the tasks A and B. */
  static async start(design: Args = {}, driver: Args = {}): Promise<BsdFixture> {
    const bsd = new BsdFixture(labMachine());
    expect(await bsd.call('K', 'bsd.boot', design)).toBe(0);
    expect(await bsd.call('K', 'bsd.load', { name: 'session', ...driver })).toBe(0);
    for (const task of ['A', 'B']) await bsd.call(task, 'spawn');
    return bsd;
  }

  get core(): BsdCore {
    return this.kernel.bsd!;
  }

  open(task: string, as: string, dev = 'session'): Promise<Json> {
    return this.call(task, 'open', { path: `/dev/${dev}` }, as);
  }

  map(task: string, fd: string, as: string, pages = 4, more: Args = {}): Promise<Json> {
    return this.call(task, 'mmap', { fd, length: pages * PAGE, prot: 'rw', ...more }, as);
  }

  /** Load one byte of a page. @returns the byte, or the signal's text */
  async load(task: string, map: string, page: number): Promise<number | string> {
    const ret = (await this.call(task, 'touch', { map, page, write: false })) as { [name: string]: Json };
    return ret.signal === undefined ? (ret.value as number) : `${ret.signal} ${ret.code}`;
  }

  ioctl(task: string, fd: string, request: string, more: Args = {}): Promise<Json> {
    return this.call(task, 'bsd.ioctl', { fd, request, ...more });
  }

  /** Every invariant holds. */
  check(): void {
    expect(this.kernel.check()).toEqual([]);
  }

  /** Everything is given back. */
  end(): void {
    this.check();
    expect(shutdownAndFindLeaks(this.kernel)).toEqual([]);
  }
}
