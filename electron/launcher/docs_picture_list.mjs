/**
 * The pictures of docs/pictures.md: which scene, at the end of which caption (counted from 0), what is selected, which panel fills
 * the window, and one sentence.
 */

/** The window on every scene, at the moment that tells most. */
export const SCENE_PICTURES = [
  {
    name: 'scene-evict-refault',
    title: 'Evict and re-fault',
    scene: 'evict-refault',
    caption: 7,
    select: 'frame',
    says: 'The frame was used longest ago: it lies in system memory, and the page tables of all three processes have lost their entries.',
  },
  {
    name: 'scene-one-address-space',
    title: 'One address space',
    scene: 'one-address-space',
    caption: 5,
    select: 'image',
    says: 'One walk cleared the entries of all three tasks; each faulted the image in again where it lies now.',
  },
  {
    name: 'scene-one-address-space-per-node',
    title: 'An address space for each node',
    scene: 'one-address-space-per-node',
    caption: 6,
    says: 'The shoot-down missed the entries made through the other node: the viewer reads the secret of a stranger.',
  },
  {
    name: 'scene-boot-objects',
    title: 'What the kernel allocates for itself',
    scene: 'boot-objects',
    caption: 4,
    select: 'framebuffer',
    says: 'Ring, status page and framebuffer of a driver of 2008, and an object that is an ordinary file in shared memory.',
  },
  {
    name: 'scene-boot-console',
    title: 'The kernel speaks',
    scene: 'boot-console',
    caption: 1,
    says: 'The boot log, drawn letter by letter by commands of the ring.',
    before: lab => lab.show('Framebuffer'),
  },
  {
    name: 'scene-who-holds-this-buffer',
    title: 'Who holds this buffer?',
    scene: 'who-holds-this-buffer',
    caption: 6,
    select: 'frame-0',
    says: 'The front frame is held by a handle, two descriptors and a mapping; /proc and debugfs name its inode.',
  },
  {
    name: 'scene-two-sessions',
    title: 'Two sessions on one device',
    scene: 'two-sessions',
    caption: 1,
    says: 'One VM object for the device: what the painter stores, the player reads.',
  },
  {
    name: 'scene-shrink-dax',
    title: 'Shrinking a dax device',
    scene: 'shrink-dax',
    caption: 7,
    says: 'Unbinding cleared every mapping of the device, whichever node it came from; the next touch is a SIGBUS.',
  },
  {
    name: 'scene-thrash',
    title: 'Thrash',
    scene: 'thrash',
    caption: 3,
    says: 'The working set is just above the budget: each draw evicts what the next one needs.',
  },
  {
    name: 'scene-game-frame',
    title: 'A frame of a game',
    scene: 'game-frame',
    caption: 4,
    says: 'A town more than fits: every frame carries textures out and others back in.',
    before: lab => lab.show('Framebuffer'),
  },
  {
    name: 'scene-large-model',
    title: 'A model larger than memory',
    scene: 'large-model',
    caption: 5,
    says: 'Twelve layers in the memory of six: least recently used is the worst choice for a loop.',
  },
];

const panel = (name, scene, caption, says, more = {}) => ({
  name: `panel-${name.toLowerCase().replaceAll(' ', '-')}`,
  title: name,
  panel: name,
  scene,
  caption,
  says,
  ...more,
});

const SMALL = { width: 760, height: 640 };

/** Every panel, filling the window. */
export const PANEL_PICTURES = [
  panel(
    'Memory view',
    'evict-refault',
    7,
    'Address spaces, ribbons of page-table entries, the GART and the memories.',
    {
      select: 'frame',
    },
  ),
  panel('Tasks', 'evict-refault', 8, 'Processes with their descriptors and mappings.', { size: SMALL }),
  panel('Objects', 'evict-refault', 8, 'All objects with size, mappings and last use.', {
    select: 'frame',
    size: SMALL,
  }),
  panel(
    'Files',
    'who-holds-this-buffer',
    6,
    'The modelled machine as text: here the shared buffers of debugfs.',
    {
      size: SMALL,
      before: lab => lab.type('cat /sys/kernel/debug/dma_buf/bufinfo'),
    },
  ),
  panel(
    'Inspector',
    'evict-refault',
    8,
    'What the selection is, who holds it, where its pages lie, and why it was evicted.',
    {
      select: 'frame',
      size: { width: 760, height: 1000 },
    },
  ),
  panel('Timeline', 'evict-refault', 12, 'Calls, faults, evictions, copies and fences over virtual time.'),
  panel('Charts', 'thrash', 4, 'Bytes by placement, faults, evictions and copy rate over virtual time.'),
  panel('Log', 'evict-refault', 8, 'Every tracepoint that fired, in order.'),
  panel('Console', 'evict-refault', 8, 'System calls and words of the lab; a refused call says why.', {
    before: async lab => {
      for (const line of [
        'help budget',
        'help mmap',
        'game: mmap fd=99 length=4096',
        'budget 12',
        'cat /proc/1/maps',
      ])
        await lab.type(line);
    },
  }),
  panel(
    'Ring and status page',
    'boot-console',
    1,
    'Head, tail and decoded commands of the ring, requests, the status page.',
  ),
  panel('Framebuffer', 'game-frame', 6, 'What the display reads through the GART.', { size: SMALL }),
  panel('Scenes', 'evict-refault', undefined, 'The scenes with their captions, and an editor for your own.'),
  panel('Captions', 'evict-refault', 8, 'Captions and bookmarks at moments of the session.', { size: SMALL }),
  panel(
    'Differences',
    'evict-refault',
    5,
    'Two moments compared: objects, memories, entries, order of eviction.',
    {
      before: async lab => {
        await lab.command('Bookmark');
        await lab.goToCaption(8);
        await lab.show('Differences');
        await lab
          .region('Differences')
          .getByRole('button', { name: /^Input \d+ with here$/ })
          .click();
        await lab.rest();
      },
    },
  ),
  panel('Help', 'evict-refault', undefined, 'What each panel shows, and the kernel files behind it.'),
  panel(
    'Profiler',
    'evict-refault',
    undefined,
    'Measures this GPU, and the lab on it (here a software adapter).',
    {
      size: { width: 1280, height: 1400 },
      before: lab => runJob(lab, 'Profiler', 'Measure this GPU'),
    },
  ),
  panel(
    'Experiments',
    'evict-refault',
    undefined,
    'One question each, answered by running something and counting.',
    {
      size: { width: 1280, height: 1100 },
      before: lab => runJob(lab, 'Experiments', 'Run the experiment'),
    },
  ),
  panel('Conformance', 'evict-refault', undefined, 'The model beside recordings of a real kernel.', {
    before: lab => runJob(lab, 'Conformance', 'Compare with the recordings'),
  }),
];

/** What a job may take. */
const LONGEST_MS = 400_000;

/** Press the button of a panel and wait for its report. */
async function runJob(lab, name, button) {
  await lab.show(name);
  const place = lab.region(name);
  await place.getByRole('button', { name: button, exact: true }).click();
  await place.getByRole('button', { name: 'Save page' }).waitFor({ timeout: LONGEST_MS });
  await lab.rest();
}
