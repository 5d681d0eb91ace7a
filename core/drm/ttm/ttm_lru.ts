/**
 * Least-recently-used lists of resources, by priority, and cursors that survive evictions under their feet.
 *
 * Models     drivers/gpu/drm/ttm/ttm_resource.c: ttm_lru_item, hitches, ttm_lru_bulk_move (Linux 6.12)
 * Invariants I1 a resource is on exactly one list
 *            I2 inside a bulk the order stays as it is when the bulk moves to the tail
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import type { TtmResource } from './ttm_resource.ts';

/** What a list links: a resource, a cursor's hitch, or the list's own head. */
export class LruLink {
  prev: LruLink = this;
  next: LruLink = this;
  list: LruList | null = null;

  /** Take it out of its list. */
  unlink(): void {
    this.list?.leaves(this);
    this.prev.next = this.next;
    this.next.prev = this.prev;
    this.prev = this;
    this.next = this;
    this.list = null;
  }

  /** @param resource what is linked; null for heads and hitches */
  constructor(readonly resource: TtmResource | null) {}
}
snapshotClass(LruLink, 'drm.LruLink');

export class LruList {
  readonly head = new LruLink(null);
  /** Resources in the list. */
  length = 0;
  /** Remembered, no state: the links of resources at the front, up to `bareEnd`, that have no pages. */
  bare = new Set<LruLink>();
  bareEnd = this.head;

  /** Put a link at the tail (most recently used), from wherever it is. */
  addTail(link: LruLink): void {
    this.insertBefore(link, this.head);
  }

  /** Put a link behind another one of this list. */
  addAfter(link: LruLink, other: LruLink): void {
    invariant(other.list === this, () => 'The link to put another one behind is on another list.');
    this.insertBefore(link, other.next);
  }

  private insertBefore(link: LruLink, next: LruLink): void {
    if (link === next) return;
    if (link.list !== null) link.unlink();
    if (link.resource !== null && this.bare.has(next)) this.forgetBare();
    link.prev = next.prev;
    link.next = next;
    next.prev.next = link;
    next.prev = link;
    link.list = this;
    if (link.resource !== null) this.length++;
  }

  /** Move the links from `first` to `last` to the tail, in their order. */
  moveRangeToTail(first: LruLink, last: LruLink): void {
    if (last === this.head.prev) return;
    this.forgetBare();
    first.prev.next = last.next;
    last.next.prev = first.prev;
    const tail = this.head.prev;
    tail.next = first;
    first.prev = tail;
    last.next = this.head;
    this.head.prev = last;
  }

  /** A link is about to be unlinked. */
  leaves(link: LruLink): void {
    if (link.resource !== null) this.length--;
    if (this.bareEnd === link) this.bareEnd = link.prev;
    this.bare.delete(link);
  }

  /** The resource of this link has pages now. */
  gotPages(link: LruLink): void {
    if (this.bare.has(link)) this.forgetBare();
  }

  forgetBare(): void {
    this.bare.clear();
    this.bareEnd = this.head;
  }

  /**
   * Offer resources, oldest first, until one is taken. Those at the front without pages are not asked again and again: there may
   * be very many objects that nobody used yet.
   *
   * @param hasPages what it says of a resource may change from no to yes with gotPages() only
   * @param take     is offered what has pages; what it does not take stays where it is
   */
  takeOldest(
    hasPages: (resource: TtmResource) => boolean,
    take: (resource: TtmResource) => boolean,
  ): boolean {
    let front = true;
    for (let link = this.bareEnd.next; link !== this.head; link = link.next) {
      const { resource } = link;
      if (resource === null) continue;
      if (hasPages(resource)) {
        if (take(resource)) return true;
        front = false;
      } else if (front) {
        this.bare.add(link);
        this.bareEnd = link;
      }
    }
    return false;
  }

  /** Resources, oldest first. */
  resources(): TtmResource[] {
    const found: TtmResource[] = [];
    for (let link = this.head.next; link !== this.head; link = link.next) {
      if (link.resource !== null) found.push(link.resource);
    }
    return found;
  }
}
snapshotClass(LruList, 'drm.LruList', 1, {
  transient: ['bare', 'bareEnd'],
  rebuild: list => {
    list.bare = new Set();
    list.bareEnd = list.head;
  },
});

/** Walks the lists of a manager: priority 0 from the oldest on, then 1, and so on. Models ttm_resource_cursor. */
export class LruCursor {
  private readonly hitch = new LruLink(null);
  private priority = 0;

  constructor(private readonly lists: readonly LruList[]) {}

  /** The next resource, or null at the end. What was returned before may have left its list meanwhile. */
  next(): TtmResource | null {
    while (this.priority < this.lists.length) {
      const list = this.lists[this.priority]!;
      let link = this.hitch.list === list ? this.hitch.next : list.head.next;
      while (link !== list.head && link.resource === null) link = link.next;
      if (link !== list.head) {
        list.addAfter(this.hitch, link);
        return link.resource;
      }
      this.hitch.unlink();
      this.priority++;
    }
    return null;
  }

  /** Leave the list; must be called when the walk is over. */
  end(): void {
    this.hitch.unlink();
    this.priority = this.lists.length;
  }
}

/** Resources of one reservation that move together: first and last of each (kind of memory, priority). */
export class LruBulkMove {
  /** By `memType * 4 + priority`. */
  readonly ranges: ({ first: TtmResource; last: TtmResource } | null)[] = [];

  /** A resource joins: behind the last of its range, which it then ends. */
  add(resource: TtmResource): void {
    const at = resource.memType * 4 + resource.priority;
    const range = this.ranges[at];
    if (!range) {
      this.ranges[at] = { first: resource, last: resource };
      return;
    }
    if (range.last === resource) return;
    this.remove(resource);
    const grown = this.ranges[at];
    if (!grown) {
      this.ranges[at] = { first: resource, last: resource };
      return;
    }
    grown.last.lru.list!.addAfter(resource.lru, grown.last.lru);
    grown.last = resource;
  }

  /** A resource leaves; one from the middle first goes behind the last, so that the range stays contiguous. */
  remove(resource: TtmResource): void {
    const at = resource.memType * 4 + resource.priority;
    const range = this.ranges[at];
    if (!range) return;
    if (range.first === resource && range.last === resource) this.ranges[at] = null;
    else if (range.first === resource) range.first = neighbour(resource, 'next');
    else if (range.last === resource) range.last = neighbour(resource, 'prev');
    else if (isBetween(resource, range)) range.last.lru.list!.addAfter(resource.lru, range.last.lru);
  }

  /** Everything was used: each range goes to the tail of its list. */
  moveToTail(): void {
    for (const range of this.ranges)
      if (range) range.first.lru.list!.moveRangeToTail(range.first.lru, range.last.lru);
  }
}
snapshotClass(LruBulkMove, 'drm.LruBulkMove');

function neighbour(resource: TtmResource, way: 'next' | 'prev'): TtmResource {
  let link = resource.lru[way];
  while (link.resource === null) link = link[way];
  return link.resource;
}

function isBetween(resource: TtmResource, range: { first: TtmResource; last: TtmResource }): boolean {
  for (let link = range.first.lru; link !== range.last.lru; link = link.next)
    if (link === resource.lru) return true;
  return false;
}
