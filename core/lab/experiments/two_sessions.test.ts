/** The figures of the two-sessions experiment: only both designs together keep two sessions apart. */
import { expect, test } from 'vitest';
import { HOST_EXPERIMENT_SETUP } from '../../testing/experiment_setup.ts';
import { TWO_SESSIONS, type TwoSessionsFigures } from './two_sessions.ts';

test('who sees whose pages, and what a fault knows', async () => {
  const result = await TWO_SESSIONS.run(HOST_EXPERIMENT_SETUP);
  expect(result.problems).toEqual([]);
  const figures = result.figures as TwoSessionsFigures[];
  const rows = figures.map(({ vmObjects, faultFile, objects, own, foreign, storesSeen }) => [
    `${vmObjects} ${faultFile}`,
    objects,
    ...own,
    ...foreign,
    storesSeen,
  ]);
  expect(rows).toEqual([
    ['device none', 1, 0, 0, 0, 0, 8],
    ['device entry', 1, 4, 4, 4, 4, 8],
    ['device thread', 1, 0, 0, 0, 0, 8],
    ['session none', 2, 0, 0, 0, 0, 8],
    ['session entry', 2, 8, 8, 0, 0, 0],
    ['session thread', 2, 0, 0, 0, 0, 8],
  ]);
  const none = 'nothing';
  const own = 'its own file';
  expect(figures.map(({ knows }) => Object.values(knows))).toEqual([
    [none, none, none, none],
    [own, own, own, none],
    [none, 'a wrong file', none, none],
    [none, none, none, none],
    [own, own, own, none],
    [none, 'a wrong file', none, none],
  ]);
  expect([figures[0]!.dMmapWithFile, figures[0]!.dMmapWithoutFile]).toEqual([24, 8]);
});
