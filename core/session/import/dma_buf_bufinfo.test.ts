/** Covers the columns of three generations of kernels, fences of both forms, and the text that the model itself writes. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseBufinfo } from './dma_buf_bufinfo.ts';

const capture = (name: string) =>
  readFileSync(new URL(`../../../assets/captures/${name}.bufinfo.txt`, import.meta.url), 'utf8');

describe('bufinfo', () => {
  test('4.12: sizes with leading zeros are decimal, fences have no number, devices are indented twice', () => {
    const { objects, total, unread } = parseBufinfo(capture('linux-4.12'));
    expect(objects).toEqual([
      {
        size: 8294400,
        flags: 0,
        mode: 5,
        count: 5,
        exporter: 'drm',
        ino: null,
        name: '',
        fences: [
          { usage: 'Exclusive', source: 'etnaviv 134000.gpu', seqno: null, signalled: true },
          { usage: 'Shared', source: 'etnaviv 134000.gpu', seqno: null, signalled: false },
        ],
        devices: ['gpu-subsystem'],
      },
    ]);
    expect(total).toEqual({ objects: 1, bytes: 8294400 });
    expect(unread).toEqual([]);
  });

  test('5.4: a name that the heading does not announce is found', () => {
    const [object] = parseBufinfo(capture('linux-5.4')).objects;
    expect(object).toMatchObject({ ino: 7, name: 'cursor', exporter: 'drm' });
    expect(object!.fences).toEqual([{ usage: 'Exclusive', source: 'i915 rcs0', seqno: 9, signalled: true }]);
  });

  test('6.12: names with blanks, devices with blanks, no name, a driver that is not named', () => {
    const { objects, total, unread } = parseBufinfo(capture('linux-6.12'));
    expect(objects.map(({ name, ino, size }) => [name, ino, size])).toEqual([
      ['frame 1', 12, 8355840],
      ['', 13, 1048576],
    ]);
    expect(objects[0]!.devices).toEqual(['0000:01:00.0', 'camera one']);
    expect(objects[0]!.fences).toEqual([
      { usage: 'kernel', source: '0:0', seqno: null, signalled: true },
      { usage: 'write', source: 'lab_gpu copy', seqno: 41, signalled: false },
    ]);
    expect(objects.reduce((sum, { size }) => sum + size, 0)).toBe(total!.bytes);
    expect(unread).toEqual([]);
  });

  test('a text that is cut off keeps what came before and has no total', () => {
    const text = capture('linux-6.12');
    const { objects, total } = parseBufinfo(text.slice(0, text.indexOf('01048576')));
    expect(objects).toHaveLength(1);
    expect(total).toBeNull();
  });

  test('lines of an unknown form are kept, not refused', () => {
    expect(parseBufinfo(`${capture('linux-6.12')}something new\n`).unread).toEqual(['something new']);
  });
});
