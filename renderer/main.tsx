/** Starts the window: theme, worker, first scene. */
import 'dockview/dist/styles/dockview.css';
import './theme/fonts.css';
import './theme/tokens.css';
import './theme/base.css';
import './theme/controls.css';
import './theme/toolbar.css';
import './theme/frame.css';
import './theme/dock.css';
import './theme/palette.css';
import './theme/panels.css';
import './theme/inspector.css';
import './theme/log.css';
import './theme/view.css';
import './theme/files.css';
import './theme/console.css';
import './theme/reports.css';
import './theme/sessions.css';
import './theme/sql.css';
import './theme/machine.css';
import './theme/look.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { PROTOCOL_VERSION } from '../core/public/protocol.ts';
import { App } from './app.tsx';
import { addCommands } from './commands/command.ts';
import { onKey } from './commands/keys.ts';
import { addLabCommands } from './commands/lab_commands.ts';
import { addLookCommands } from './commands/look_commands.ts';
import { addMachineCommands } from './commands/machine_commands.ts';
import { togglePalette } from './commands/palette.tsx';
import { addPanelCommands } from './commands/panel_commands.ts';
import { addSessionCommands } from './commands/session_commands.ts';
import { addShellCommands } from './commands/shell_commands.ts';
import { followLab } from './console/console_store.ts';
import { isStageBusy } from './panels/memory_view.tsx';
import { connect, loadScene } from './state/actions.ts';
import { offerIdleSignal } from './state/idle.ts';
import { LabClient, type LabPort } from './state/lab_client.ts';
import { restartWhenEnded } from './state/lab_restart.ts';
import { adapter, fail, receive, scene, scenes, speed, view } from './state/lab_store.ts';
import { noticeSurroundings } from './state/notices.ts';
import { takeDrops } from './state/opened_files.ts';
import { openScenesFromFiles } from './state/opened_scenes.ts';
import { openSessionsFromFiles } from './state/opened_sessions.ts';
import { pauseAfter } from './state/pace.ts';
import { recordLab } from './state/recordings.ts';
import { openSessionAt } from './state/sessions.ts';
import { connectShell } from './state/shell_link.ts';
import { painterWish, tellShown } from './state/shown.ts';
import { followSystem } from './state/theme.ts';
import { renderInTurns } from './state/turns.ts';
import { readWishes } from './state/wishes.ts';

const wishes = readWishes(location.search);
speed.value = wishes.speed;

async function openPort(): Promise<LabPort> {
  if (import.meta.env.MODE === 'fixture') {
    const { FixtureLab } = await import('./testing/fixture_lab.ts');
    return new FixtureLab();
  }
  const lab = new Worker(new URL('../core/worker/lab_worker.ts', import.meta.url), {
    type: 'module',
    name: 'lab',
  });
  recordLab(lab);
  return lab as LabPort;
}

/** Nothing fails silently: what nobody caught is said in the window. */
function watchErrors(): void {
  window.addEventListener('error', event => fail(`The window failed: ${event.message}.`));
  window.addEventListener('unhandledrejection', ({ reason }) => {
    // Calls in flight when a GPU device goes away end so; the loss itself is reported.
    if (reason instanceof DOMException && reason.name === 'OperationError') return;
    fail(`The window failed: ${reason instanceof Error ? reason.message : String(reason)}.`);
  });
}

async function start(): Promise<void> {
  watchErrors();
  followSystem();
  renderInTurns();
  const client = new LabClient(await openPort(), receive);
  connect(client);
  effect(() => {
    const named = scene.value ? `${scene.value.title} – ` : '';
    const how =
      adapter.value?.machine === 'host'
        ? ' (host machine)'
        : adapter.value?.software
          ? ' (software adapter)'
          : '';
    document.title = `${named}GART Lab${how}`;
  });
  let starting = true;
  offerIdleSignal(() => starting || client.pending > 0 || isStageBusy());
  followLab();
  addLabCommands();
  addPanelCommands();
  addSessionCommands();
  addMachineCommands();
  addLookCommands();
  addCommands([
    {
      id: 'help.palette',
      title: 'Command palette',
      group: 'Help',
      keys: ['Ctrl+K'],
      run: togglePalette,
    },
  ]);
  addShellCommands(() => client.stop('a person restarted it'));
  connectShell();
  takeDrops();
  openScenesFromFiles();
  openSessionsFromFiles();
  noticeSurroundings();
  window.addEventListener('keydown', onKey);
  let caption = '';
  const onShown = (number: number, changed: boolean) => {
    const { status } = view.value;
    const wait = status.running ? pauseAfter(changed, caption, status.caption, speed.value) : 0;
    caption = status.caption;
    if (wait > 0) setTimeout(() => client.shown(number), wait);
    else client.shown(number);
  };
  painterWish.value = wishes.painter;
  tellShown(onShown);
  render(<App />, document.getElementById('app')!);
  const open = {
    type: 'open',
    version: PROTOCOL_VERSION,
    machine: wishes.machine,
    vram: wishes.vram,
    power: wishes.power,
  } as const;
  restartWhenEnded(client, openPort, open, openFirstScene);
  await client.send(open);
  await openFirstScene();
  starting = false;
}

/** The scene of the address, else the first; nothing while no lab has said which there are. */
async function openFirstScene(): Promise<void> {
  const known = scenes.value.map(each => each.id);
  if (known.length === 0) return;
  if (wishes.session) {
    await openSessionAt(wishes.session);
    if (scene.value !== null) return;
  }
  if (wishes.scene && !known.includes(wishes.scene))
    fail(`There is no scene ${JSON.stringify(wishes.scene)}. The scenes are ${known.join(', ')}.`);
  else await loadScene(wishes.scene ?? known[0]!);
}

start().catch(error =>
  fail(`The window could not start: ${error instanceof Error ? error.message : String(error)}.`),
);
