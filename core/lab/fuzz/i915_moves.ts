/**
 * Random steps over the GEM of 2008: objects in two views of the CPU and in batches, domains by word, pins, swap, advice, and the
 * same objects as descriptors. What a byte must be depends on caches here, so nothing is said of bytes; the invariants are.
 */
import { call, type FuzzBo, type FuzzWorld, type Move, opens, type Plan } from './world.ts';

const PAGE = 4096;
const READ_DOMAINS = ['cpu', 'gtt', 'render', 'sampler', 'cpu,gtt', ''] as const;
const WRITE_DOMAINS = ['', 'cpu', 'gtt', 'render'] as const;
const I915 = 'i915_2008';

function create(world: FuzzWorld): Plan | null {
  const found = world.fd('drm');
  if (!found || world.isFullOfBos || world.driverOf(found.fd.dev) !== I915) return null;
  const pages = world.random.pick([1, 2, 8, 16, 40, 64, 100]);
  const as = world.fresh('g');
  const size = world.random.chance(1, 40) ? 0 : pages * PAGE;
  return {
    ...call(found.task, 'i915.create', { fd: found.fd.name, size }, as),
    done: failed => {
      if (failed === null) world.bos.push({ name: as, fd: found.fd, pages, shown: false, fbs: [], maps: [] });
    },
  };
}

function someObject(world: FuzzWorld): { readonly bo: FuzzBo; readonly task: string } | null {
  const some = world.bos.filter(({ fd }) => fd.users.size > 0 && world.driverOf(fd.dev) === I915);
  if (some.length === 0) return null;
  const bo = world.random.pick(some);
  return { bo, task: world.random.pick([...bo.fd.users]) };
}

/** A call on one object. */
function onObject(
  name: string,
  more: (world: FuzzWorld, bo: FuzzBo) => Plan['input']['args'] = () => ({}),
): (world: FuzzWorld) => Plan | null {
  return world => {
    const found = someObject(world);
    return (
      found && call(found.task, name, { fd: found.bo.fd.name, bo: found.bo.name, ...more(world, found.bo) })
    );
  };
}

function mapPages(world: FuzzWorld): Plan | null {
  const found = someObject(world);
  if (!found || found.bo.maps.length > 2) return null;
  const as = world.fresh('m');
  const { bo, task } = found;
  return {
    ...call(task, 'i915.mmap', { fd: bo.fd.name, bo: bo.name }, as),
    done: failed => {
      if (failed === null)
        bo.maps.push({ name: as, pages: bo.pages, writable: true, users: new Set([task]) });
    },
  };
}

/** A place in the GTT at once, as a client asks for it before it maps. */
const askForOffset = onObject('i915.mmapGtt');

function exec(world: FuzzWorld): Plan | null {
  const found = someObject(world);
  if (!found) return null;
  const list = world.bos
    .filter(bo => bo.fd === found.bo.fd && (bo === found.bo || world.random.chance(1, 4)))
    .slice(0, 5);
  return call(found.task, 'i915.exec', {
    fd: found.bo.fd.name,
    list: list.map(bo => ({
      bo: bo.name,
      // Whoever writes says so in both: nothing else has a meaning.
      ...(world.random.chance(1, 2)
        ? { read: 'render', write: 'render' }
        : { read: world.oneOf('render', 'sampler', 'command', '') }),
      ...(world.random.chance(1, 2) ? { value: world.random.below(256) } : {}),
    })),
    durationNs: world.random.below(100_000),
  });
}

function range(world: FuzzWorld, { pages }: FuzzBo): { readonly offset: number; readonly length: number } {
  const offset = world.random.below(pages * PAGE);
  const rest = pages * PAGE - offset;
  return { offset, length: world.random.chance(1, 20) ? rest + 5 : 1 + world.random.below(rest) };
}

export const I915_MOVES: readonly Move[] = [
  { weight: 14, make: create },
  { weight: 8, make: mapPages },
  { weight: 6, make: askForOffset },
  { weight: 20, make: exec },
  {
    weight: 10,
    make: onObject('i915.setDomain', world => ({
      read: world.oneOf(...READ_DOMAINS),
      write: world.oneOf(...WRITE_DOMAINS),
    })),
  },
  { weight: 5, make: onObject('i915.pread', range) },
  { weight: 6, make: onObject('i915.pwrite', (world, bo) => ({ ...range(world, bo), value: 7 })) },
  { weight: 2, make: onObject('i915.pin') },
  { weight: 4, make: onObject('i915.unpin') },
  { weight: 2, make: onObject('i915.madvise', world => ({ advice: world.random.below(2) })) },
  { weight: 1, make: onObject('i915.swFinish') },
  { weight: 1, make: onObject('i915.busy') },
  { weight: 1, make: onObject('i915.info') },
  { weight: 2, make: onObject('i915.look') },
  { weight: 4, make: onObject('i915.evict') },
  { weight: 5, make: onObject('i915.swapOut') },
  {
    weight: 1,
    make: world => {
      const found = someObject(world);
      return found && call(found.task, 'i915.getAperture', { fd: found.bo.fd.name });
    },
  },
  {
    weight: 2,
    make: world => {
      const found = someObject(world);
      const size = PAGE * (1 + world.random.below(20));
      const args = { fd: found?.bo.fd.name ?? '', size, backing: world.oneOf('shmem', 'shmem', 'huge') };
      return found && opens(world, found.task, 'gemfd.open', args, 'other');
    },
  },
];
