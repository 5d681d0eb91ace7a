/**
 * The slab cache of dax inodes: objects that are constructed once and live many times.
 *
 * Models     kmem_cache_create with a constructor, SLAB_TYPESAFE-like reuse (mm/slub.c, Linux 6.12)
 * Invariants I1 an object is given out again only after its release; its constructor has run exactly once
 *            I2 a destroyed cache has no object in use and takes none back
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';

/** The memory of one inode; its number stands for its address. */
export class SlabObject {
  /** `dying`: its inode is gone, readers under RCU may still look. */
  state: 'free' | 'live' | 'dying' = 'free';
  /** Inodes that lived here. */
  lives = 0;
  constructorRuns = 0;

  constructor(
    readonly cache: SlabCache,
    readonly index: number,
  ) {}
}
snapshotClass(SlabObject, 'dax.SlabObject');

export class SlabCache {
  readonly objects: SlabObject[] = [];
  destroyed = false;
  /** Objects that came back after the cache was destroyed: each is memory written after its release. */
  releasedAfterDestroy = 0;
  /** Objects in use when the cache was destroyed. */
  usedAtDestroy = 0;

  constructor(readonly name: string) {}

  /** The free object with the lowest number, else a new one. */
  alloc(): SlabObject {
    invariant(!this.destroyed, () => `The slab cache ${this.name} is used after its destruction.`);
    let object = this.objects.find(candidate => candidate.state === 'free');
    if (!object) {
      object = new SlabObject(this, this.objects.length);
      object.constructorRuns++;
      this.objects.push(object);
    }
    object.state = 'live';
    object.lives++;
    return object;
  }

  /** Take an object back at once. Models kmem_cache_free(). */
  release(object: SlabObject): void {
    invariant(object.state !== 'free', () => `Object ${object.index} of ${this.name} is released twice.`);
    object.state = 'free';
    if (this.destroyed) this.releasedAfterDestroy++;
  }

  /** Objects in use or dying. */
  get inUse(): number {
    return this.objects.filter(object => object.state !== 'free').length;
  }

  /** Give all memory back. Objects still in use are lost to whoever writes into them later. Models kmem_cache_destroy(). */
  destroy(): void {
    this.usedAtDestroy = this.inUse;
    this.destroyed = true;
  }
}
snapshotClass(SlabCache, 'dax.SlabCache');
