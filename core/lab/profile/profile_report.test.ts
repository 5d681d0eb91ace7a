/** Covers what the schema refuses: other files, other versions, numbers that are none. */
import { expect, test } from 'vitest';
import { ProfileReportError, parseProfileReport } from './profile_report.ts';

const refuse = (document: unknown) => {
  try {
    parseProfileReport(document, 'x.json');
  } catch (error) {
    expect(error).toBeInstanceOf(ProfileReportError);
    return (error as Error).message;
  }
  return 'accepted';
};

test('something else, and a report of another version, are refused by name', () => {
  expect(refuse({ format: 'gart-lab-machine', version: 1 })).toBe('x.json is not a report of the profiler.');
  expect(refuse(null)).toBe('x.json is not a report of the profiler.');
  expect(refuse({ format: 'gart-lab-profile', version: 99 })).toMatch(
    /has version 99; this program reads version 1/,
  );
});

test('a missing or wrong field is named', () => {
  expect(refuse({ format: 'gart-lab-profile', version: 1 })).toMatch(/^x\.json: \w+/);
  expect(refuse({ format: 'gart-lab-profile', version: 1, date: 'yesterday' })).toMatch(/^x\.json: date/);
});
