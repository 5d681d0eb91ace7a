import { describe, expect, test } from 'vitest';
import { sentenceOfNoWebGpu } from './notices.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15';
const CHROMIUM =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

describe('a browser without WebGPU', () => {
  test.each([
    [FIREFOX, /^This Firefox has no WebGPU\. .* Firefox 141/],
    [SAFARI, /^This Safari has no WebGPU\. .* Safari 26/],
    [CHROMIUM, /^This browser has no WebGPU\. .* --enable-unsafe-webgpu/],
  ])('is named, with what goes on and what to do', (agent, says) => {
    expect(sentenceOfNoWebGpu(agent, true)).toMatch(says);
    expect(sentenceOfNoWebGpu(agent, true)).toContain('host machine');
  });

  test('an address that is not secure is the reason, whichever browser', () => {
    expect(sentenceOfNoWebGpu(CHROMIUM, false)).toContain('only for secure addresses');
  });
});
