/** What a person should know though nothing failed, as whole sentences; shown until it is read. */
import { effect, signal } from '@preact/signals';
import { adapter } from './lab_store.ts';

export const notices = signal<readonly string[]>([]);

export function notice(sentence: string): void {
  if (!notices.value.includes(sentence)) notices.value = [...notices.value, sentence];
}

/** Say once if the lab is open in another window of this browser: they share the GPU, and nothing else. */
function noticeOtherWindow(): void {
  if (!navigator.locks || window.gartLabShell) return;
  const held = new Promise<never>(() => {});
  navigator.locks
    .request('gart-lab-window', { ifAvailable: true }, lock => {
      if (lock) return held;
      notice(
        'GART Lab is open in another window of this browser. Each window has a lab and a swap file of its own; they share the GPU, so its memory and its times are divided between them.',
      );
      return undefined;
    })
    .catch(() => {});
}

/** Which browser this is, as its makers call it; for the sentence about WebGPU only. */
function browserName(agent: string): string {
  if (/Firefox\//.test(agent)) return 'This Firefox';
  if (/Safari\//.test(agent) && !/Chrom/.test(agent)) return 'This Safari';
  return 'This browser';
}

/** The sentence for a browser without WebGPU. */
export function sentenceOfNoWebGpu(agent: string, secure: boolean): string {
  const goesOn = 'The lab runs on the host machine: same kernel, same bytes, in plain memory.';
  if (!secure)
    return `WebGPU is only for secure addresses, and this page did not come from one. ${goesOn} Open it from this machine itself, as http://127.0.0.1.`;
  const how = {
    'This Firefox':
      'Firefox 141 and newer has it on Windows, 145 and newer on Macs with Apple silicon; elsewhere use Chrome or Edge.',
    'This Safari': 'Safari 26 and newer has it; elsewhere use Chrome or Edge.',
    'This browser':
      'Chrome and Edge have it; on Linux start Chromium with --enable-unsafe-webgpu, as npm start does.',
  }[browserName(agent)];
  return `${browserName(agent)} has no WebGPU. ${goesOn} For real GPU memory: ${how}`;
}

/** Look at what the window runs in, and say what a person should know about it. */
export function noticeSurroundings(): void {
  noticeOtherWindow();
  // Only when the lab wanted it: who asks for the host machine has what they asked for.
  effect(() => {
    if (adapter.value?.machine === 'host' && !navigator.gpu && !/asked for/.test(adapter.value.because))
      notice(sentenceOfNoWebGpu(navigator.userAgent, isSecureContext));
  });
}
