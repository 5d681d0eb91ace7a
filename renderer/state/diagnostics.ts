/** The window's diagnostics file for bug reports: what it runs in, which GPU it sees, where the lab stands. Nothing personal. */
import { adapterFacts, DIAGNOSTICS_FORMAT, withoutPersonalIn } from '../../core/public/diagnostics.ts';
import { saveText } from '../reports/save_text.ts';
import { adapter, failures, openedSession, scene, view } from './lab_store.ts';
import { notices } from './notices.ts';

async function gpuFacts(): Promise<unknown> {
  if (!navigator.gpu) return { missing: 'This browser has no navigator.gpu.' };
  const found = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  return found ? adapterFacts(found) : { missing: 'WebGPU offers no adapter.' };
}

/** What the desktop shell says; null in a browser. */
async function shellFacts(): Promise<unknown> {
  const shell = window.gartLabShell;
  if (!shell) return null;
  const [is, gpu] = await Promise.all([shell.describeShell(), shell.describeGpu()]);
  return { ...is, gpu };
}

/** Everything as one value of JSON. */
export async function gatherDiagnostics(now: Date): Promise<unknown> {
  const { status } = view.peek();
  const { width, height } = screen;
  const all = {
    ...DIAGNOSTICS_FORMAT,
    made: now.toISOString(),
    app: { version: __GART_LAB_VERSION__ },
    window: {
      browser: navigator.userAgent,
      cores: navigator.hardwareConcurrency,
      isolated: crossOriginIsolated,
      secure: isSecureContext,
      size: [innerWidth, innerHeight],
      screen: [width, height],
      pixelRatio: devicePixelRatio,
      address: location.search,
    },
    shell: await shellFacts(),
    gpu: await gpuFacts(),
    lab: {
      adapter: adapter.peek(),
      scene: scene.peek()?.id ?? null,
      session: openedSession.peek(),
      inputs: [status.inputsDone, status.inputs],
      events: status.events,
      digest: status.digest,
      verified: status.verified,
      invariantsBroken: status.invariantsBroken,
      gpuBytes: status.gpu,
    },
    failures: failures.peek(),
    notices: notices.peek(),
  };
  return withoutPersonalIn(all, { home: '', user: '', root: '' });
}

/** Save the file, as the shell saves files. */
export async function saveDiagnostics(): Promise<void> {
  const text = `${JSON.stringify(await gatherDiagnostics(new Date()), null, 2)}\n`;
  saveText('gart-lab-diagnostics.json', 'application/json', text);
}
