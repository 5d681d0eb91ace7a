import { describe, expect, it } from 'vitest';
import { fixtureView } from '../testing/fixture.ts';
import { matchesFilter } from './object_filter.ts';

const names = (filter: string) =>
  fixtureView(0)
    .objects.filter(object => matchesFilter(object, filter))
    .map(object => object.name);

describe('matchesFilter', () => {
  it('finds by part of the name, whatever the case', () => {
    expect(names('LEVEL')).toEqual(['game.level2', 'game.level1']);
  });

  it('finds by placement and by holder', () => {
    expect(names('swap')).toEqual(['game.level1', 'comp.thumbs']);
    expect(names('compositor')).toEqual(['fb0', 'comp.glyphs', 'video.out0', 'comp.wall']);
  });

  it('compares sizes in KiB, MiB, GiB', () => {
    expect(names('size>20M')).toEqual(['game.level2']);
    expect(names('size<200k')).toEqual(['ring0']);
    expect(names('size>1G')).toEqual([]);
  });

  it('wants every word', () => {
    expect(names('pinned size>1M')).toEqual(['fb0']);
  });

  it('shows everything when nothing is asked for', () => {
    expect(names('  ').length).toBe(fixtureView(0).objects.length);
  });
});
