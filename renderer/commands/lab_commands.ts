/** Commands over the run of the lab: run, pause, step, back, reset, selection, scenes. */
import * as actions from '../state/actions.ts';
import { adapter, failures, isGoing, scene, scenes, view } from '../state/lab_store.ts';
import { replaceBy } from '../state/replaced.ts';
import { addCommands, type Command, sayLine } from './command.ts';
import { addTimeCommands } from './time_commands.ts';

const loaded = () => scene.value !== null;
const resting = () => loaded() && !isGoing.value;
const before = () => view.value.status.inputsDone > 0;
const ahead = () => view.value.status.inputsDone < view.value.status.inputs;

/** Ask for a GPU again; what was said of the lost one is settled when it is there. */
async function tryGpu(): Promise<void> {
  const before = adapter.peek()?.because;
  await actions.tryGpu();
  if (adapter.peek()?.machine === 'webgpu') failures.value = failures.peek().filter(each => each !== before);
}

const COMMANDS: readonly Command[] = [
  {
    id: 'lab.toggleRun',
    title: 'Run or pause',
    group: 'Lab',
    also: 'play stop start',
    keys: ['r'],
    enabled: () => loaded() && (isGoing.value || ahead()),
    run: () => {
      const pauses = isGoing.value;
      sayLine(pauses ? 'pause' : 'run');
      return pauses ? actions.pause() : actions.run();
    },
  },
  {
    id: 'lab.step',
    title: 'Step',
    group: 'Lab',
    also: 'next input forward',
    keys: ['.'],
    line: 'step',
    enabled: () => resting() && ahead(),
    run: actions.step,
  },
  {
    id: 'lab.stepBack',
    title: 'Step back',
    group: 'Lab',
    also: 'previous undo rewind',
    keys: [','],
    line: 'back',
    enabled: () => resting() && before(),
    run: actions.stepBack,
  },
  {
    id: 'lab.reset',
    title: 'Reset',
    group: 'Lab',
    also: 'restart start over',
    line: 'reset',
    enabled: () => resting() && before(),
    run: actions.reset,
  },
  {
    id: 'lab.tryGpu',
    title: 'Try the GPU again',
    group: 'Lab',
    also: 'webgpu adapter device lost host machine',
    line: 'gpu',
    enabled: () => resting() && adapter.value?.canTryGpu === true,
    run: tryGpu,
  },
  {
    id: 'lab.deselect',
    title: 'Select nothing',
    group: 'Lab',
    keys: ['Escape'],
    run: () => actions.select(null),
  },
];

/** Make them known, and one per scene when the scenes are. */
export function addLabCommands(): void {
  addCommands(COMMANDS);
  addTimeCommands();
  scenes.subscribe(list => {
    addCommands(
      list.map(each => ({
        id: `scene.${each.id}`,
        title: `Open scene: ${each.title}`,
        group: 'Scenes' as const,
        also: `${each.id} ${each.summary}`,
        line: `scene ${each.id}`,
        run: () => replaceBy(() => actions.loadScene(each.id)),
      })),
    );
  });
}
