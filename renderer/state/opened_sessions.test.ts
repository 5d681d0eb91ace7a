import { expect, test } from 'vitest';
import type { SessionView } from '../../core/public/session_types.ts';
import { damageOf } from './opened_sessions.ts';

const SOUND: SessionView = {
  name: 'a.gartlab',
  title: 'A',
  appVersion: '1',
  recordedOn: 'one machine',
  replayedOn: 'another',
  flags: [],
  digestsEqual: 3,
  digests: 3,
  difference: null,
  problems: [],
};

test('a sound session: nothing to say; a damaged one: that it is, and what; one that replays otherwise: where', () => {
  expect(damageOf(SOUND)).toBeNull();
  expect(damageOf({ ...SOUND, problems: ['Block 2 is damaged.'] })).toMatch(
    /^a.gartlab is damaged; .*Block 2 is damaged\./,
  );
  expect(damageOf({ ...SOUND, difference: 'After 2 inputs it differs.' })).toMatch(
    /does not replay as it was recorded\. After 2 inputs it differs\./,
  );
});
