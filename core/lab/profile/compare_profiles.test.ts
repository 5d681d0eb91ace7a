/** Covers noise bands, both directions of better, and the date since which a figure is worse. */
import { describe, expect, test } from 'vitest';
import { compareProfiles, regressionsSince } from './compare_profiles.ts';
import type { Figure, ProfileReport } from './profile_report.ts';
import { PROFILE_FORMAT, PROFILE_VERSION, parseProfileReport } from './profile_report.ts';

function figure(id: string, value: number | null, spread: number, more: Partial<Figure> = {}): Figure {
  return {
    id,
    what: id,
    of: {},
    unit: 'us',
    better: 'lower',
    kind: value === null ? 'unknown' : 'measured',
    by: 'wall clock',
    value,
    low: value === null ? null : value - spread,
    high: value === null ? null : value + spread,
    samples: value === null ? [] : [value],
    loops: 1,
    note: '',
    ...more,
  };
}

function report(day: number, figures: Figure[], adapter = 'a GPU'): ProfileReport {
  return parseProfileReport(
    {
      format: PROFILE_FORMAT,
      version: PROFILE_VERSION,
      date: `2026-03-${String(day).padStart(2, '0')}T00:00:00.000Z`,
      quick: true,
      cancelled: false,
      environment: {
        adapter,
        vendor: '',
        architecture: '',
        software: false,
        driver: '1.0',
        backend: 'Vulkan',
        provider: 'test',
        flags: [],
        versions: {},
        load: 'unknown',
        machine: 'lab-64m',
      },
      clocks: { clockStepNs: 100, timestampStepNs: null, minSteps: 20 },
      limits: {},
      sections: [
        {
          id: 'buffers',
          title: '',
          state: 'complete',
          missing: [],
          figures,
          charts: [],
          outcomes: [],
          seconds: 1,
        },
      ],
      timeline: { charts: [], present: [], absent: [] },
      seconds: 1,
    },
    `day ${day}`,
  );
}

const verdicts = (a: Figure[], b: Figure[]) =>
  Object.fromEntries(
    compareProfiles(report(1, a), report(2, b)).figures.map(({ id, verdict }) => [id, verdict]),
  );

describe('side by side', () => {
  test('a change within the quartiles of both is the same; beyond them it is better or worse', () => {
    const before = ['noisy', 'calm', 'gained', 'tiny'].map(id =>
      figure(id, 100, id === 'noisy' ? 20 : id === 'tiny' ? 0 : 5),
    );
    const after = [
      figure('noisy', 130, 20),
      figure('calm', 130, 5),
      figure('gained', 70, 5),
      figure('tiny', 104, 0),
    ];
    expect(verdicts(before, after)).toEqual({ noisy: 'same', calm: 'worse', gained: 'better', tiny: 'same' });
  });

  test('more GB/s is better, and as far down counts as far up', () => {
    const speed = { better: 'higher', unit: 'GB/s' } as const;
    expect(
      verdicts(
        [figure('up', 1, 0, speed), figure('down', 3, 0, speed)],
        [figure('up', 3, 0, speed), figure('down', 1, 0, speed)],
      ),
    ).toEqual({ up: 'better', down: 'worse' });
  });

  test('counts are neither better nor worse; what one report lacks is said', () => {
    const count = { better: 'neither', unit: 'count' } as const;
    expect(
      verdicts(
        [figure('count', 1, 0, count), figure('gone', 1, 0), figure('unknown', null, 0)],
        [figure('count', 9, 0, count), figure('new', 1, 0), figure('unknown', 1, 0)],
      ),
    ).toEqual({ count: 'same', gone: 'only first', new: 'only second', unknown: 'unknown' });
  });

  test('different adapters are compared with a warning', () => {
    const { warnings } = compareProfiles(report(1, [], 'one'), report(2, [], 'other'));
    expect(warnings).toEqual(['The adapter differs: one, other.']);
  });
});

describe('regression since', () => {
  const history = (values: readonly number[]) =>
    values.map((value, i) => report(i + 1, [figure('touch', value, 2)]));

  test('the first report from which on every one is as slow as the newest', () => {
    const saved = history([100, 101, 150, 149, 151]);
    const { regressions, compared } = regressionsSince(saved, report(9, [figure('touch', 150, 2)]));
    expect(compared).toBe(1);
    expect(regressions).toHaveLength(1);
    expect(regressions[0]).toMatchObject({
      id: 'touch',
      was: 100,
      now: 150,
      since: '2026-03-03T00:00:00.000Z',
      lastGood: '2026-03-02T00:00:00.000Z',
    });
  });

  test('the order of the files does not matter', () => {
    const saved = history([100, 101, 150]).reverse();
    expect(regressionsSince(saved, report(9, [figure('touch', 150, 2)])).regressions[0]!.since).toBe(
      '2026-03-03T00:00:00.000Z',
    );
  });

  test('a slow report in between is forgiven when the newest is fast again', () => {
    expect(regressionsSince(history([100, 150]), report(9, [figure('touch', 101, 2)])).regressions).toEqual(
      [],
    );
  });

  test('a slow first report hides no regression against a better one after it', () => {
    const { regressions } = regressionsSince(history([150, 100]), report(9, [figure('touch', 150, 2)]));
    expect(regressions[0]).toMatchObject({ was: 100, since: '2026-03-09T00:00:00.000Z' });
  });
});
