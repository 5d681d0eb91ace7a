/** The menu at the end of the toolbar: theme, motion, which machine. */

import { runCommand } from '../commands/command.ts';
import { MOTION_CHOICES, THEME_CHOICES } from '../commands/look_commands.ts';
import { adapter } from '../state/lab_store.ts';
import { MACHINE_CHOICES, machineChoiceOf } from '../state/machine_choice.ts';
import { motionChoice, themeChoice } from '../state/theme.ts';
import { Chevron } from './marks.tsx';

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly onChoose: (value: string) => void;
}

function Choice({ label, value, choices, onChoose }: ChoiceProps) {
  return (
    <label class="look-choice">
      <span class="mid">{label}</span>
      <select
        class="field"
        aria-label={label}
        value={value}
        onChange={event => onChoose(event.currentTarget.value)}
      >
        {choices.map(([id, says]) => (
          <option key={id} value={id}>
            {says}
          </option>
        ))}
      </select>
    </label>
  );
}

export function LookMenu() {
  const now = machineChoiceOf(location.search);
  return (
    <>
      <button
        type="button"
        class="button square"
        aria-label="View and machine"
        title="Theme, motion, which machine"
        popovertarget="look-menu"
      >
        <Chevron />
      </button>
      <div id="look-menu" class="look-menu" popover="auto" role="dialog" aria-label="View and machine">
        <Choice
          label="Theme"
          value={themeChoice.value}
          choices={THEME_CHOICES}
          onChoose={id => void runCommand(`theme.${id}`)}
        />
        <Choice
          label="Motion"
          value={motionChoice.value}
          choices={MOTION_CHOICES}
          onChoose={id => void runCommand(`motion.${id}`)}
        />
        <Choice
          label="Machine"
          value={`${now.machine}.${now.power}`}
          choices={MACHINE_CHOICES.map(each => [`${each.machine}.${each.power}`, each.says] as const)}
          onChoose={id => void runCommand(`machine.${id}`)}
        />
        <p class="dim">Another machine loads the window again, on the scene that is open.</p>
        {adapter.value?.canTryGpu && (
          <button type="button" class="button" onClick={() => void runCommand('lab.tryGpu')}>
            Try the GPU again
          </button>
        )}
        <button type="button" class="button" onClick={() => void runCommand('panel.help')}>
          Help
        </button>
      </div>
    </>
  );
}
