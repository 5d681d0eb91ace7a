/** Covers that a header is checked before anything is built after it. */
import { expect, test } from 'vitest';
import { machineHash } from '../../hw/machine_description.ts';
import { labMachine } from '../../testing/lab_fixture.ts';
import { decodeHeader, encodeHeader, type SessionHeader, SessionHeaderError } from './session_header.ts';

const description = labMachine();
const header: SessionHeader = {
  format: 'gart-lab-session',
  appVersion: '0',
  title: '<script>alert(1)</script>',
  scene: '../../etc/passwd',
  seed: 1,
  flags: [],
  machine: 'host',
  vram: 'paged',
  adapter: { name: '', software: true, vendor: '', architecture: '' },
  machineHash: machineHash(description),
  description,
  eventTypes: [],
  origin: {},
};

test('a header comes back as it was; texts in it stay texts', () => {
  expect(decodeHeader(encodeHeader(header))).toEqual(header);
});

test('a machine description that is none is refused with its field', () => {
  const bad = { ...header, description: { ...description, ramBytes: 2 ** 50 } };
  expect(() => decodeHeader(encodeHeader(bad))).toThrow(SessionHeaderError);
  expect(() => decodeHeader(encodeHeader(bad))).toThrow(/ramBytes/);
});

test('captures of another system have no machine, and need none', () => {
  const foreign = { ...header, machine: 'none', vram: 'none', description: {} } as unknown as SessionHeader;
  expect(decodeHeader(encodeHeader(foreign)).machine).toBe('none');
});
