/** About: versions, the shell, and the graphics devices as WebGPU and the shell know them. A dialog over the window. */
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { runCommand } from '../commands/command.ts';
import { adapter } from '../state/lab_store.ts';

type Rows = readonly (readonly [name: string, value: string])[];

const open = signal(false);

export function openAbout(): void {
  open.value = true;
}

/** What the browser says of itself. */
function browserRows(): Rows {
  const brands = (navigator as { userAgentData?: { brands: { brand: string; version: string }[] } })
    .userAgentData?.brands;
  const named = brands?.filter(({ brand }) => !/not.?a.?brand/i.test(brand));
  return [['Browser', named?.map(each => `${each.brand} ${each.version}`).join(', ') || navigator.userAgent]];
}

async function shellRows(): Promise<Rows> {
  const shell = window.gartLabShell;
  if (!shell) return [['Shell', 'a window of this browser'], ...browserRows()];
  const [is, gpu] = await Promise.all([shell.describeShell(), shell.describeGpu()]);
  const devices = gpu.devices.map(({ name, ids, driver, active }): Rows[number] => [
    active ? 'Graphics device' : 'Another graphics device',
    [name, ids, driver].filter(Boolean).join(' · '),
  ]);
  return [
    ['Shell', `Electron ${is.electron}, Chromium ${is.chromium}, ${is.platform}`],
    [
      'Started for',
      `${is.adapter} adapter${is.labMode ? ', in lab mode: developer flags of WebGPU are on' : ''}`,
    ],
    ...devices,
    ...(gpu.renderer ? [['Drawn by', gpu.renderer] as const] : []),
    ['WebGPU', gpu.features.webgpu ?? 'the shell does not say'],
  ];
}

function Opened() {
  const [rows, setRows] = useState<Rows>([]);
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef(document.activeElement);
  useLayoutEffect(() => {
    button.current?.focus();
    return () => {
      if (before.current instanceof HTMLElement) before.current.focus();
    };
  }, []);
  useEffect(() => {
    shellRows().then(setRows, (error: unknown) => setRows([['Shell', String(error)]]));
  }, []);
  const close = () => {
    open.value = false;
  };
  const machine = adapter.value;
  const all: Rows = [
    ['Version', __GART_LAB_VERSION__],
    ...(machine
      ? [
          [
            'Machine',
            machine.machine === 'host' ? 'host: plain memory' : 'webgpu: objects in VRAM are GPU buffers',
          ] as const,
          ['Adapter', `${machine.name}${machine.software ? ', on the processor' : ''}`] as const,
          ['Why this one', machine.because] as const,
        ]
      : []),
    ...rows,
    ['Cores', String(navigator.hardwareConcurrency)],
    ['Isolated', crossOriginIsolated ? 'yes' : 'no: this page came without the isolation headers'],
  ];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside the dialog closes it; Escape does the same.
    <div
      class="scrim"
      onClick={event => event.target === event.currentTarget && close()}
      onKeyDown={event => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        close();
      }}
    >
      <div class="palette about" role="dialog" aria-modal="true" aria-label="About GART Lab">
        <h2>GART Lab</h2>
        <dl class="scroll">
          {all.map(([name, value]) => (
            <div key={`${name} ${value}`}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <div class="about-buttons">
          <button type="button" class="button" onClick={() => void runCommand('help.diagnostics')}>
            Save diagnostics
          </button>
          <button ref={button} type="button" class="button" onClick={close}>
            Close
          </button>
        </div>
      </div>
    </div>
  );
}

export function About() {
  return open.value ? <Opened /> : null;
}
