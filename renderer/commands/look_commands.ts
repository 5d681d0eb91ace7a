/** Commands over the look of the window and over which machine it asks for. */
import { scene } from '../state/lab_store.ts';
import { MACHINE_CHOICES, searchWith } from '../state/machine_choice.ts';
import { motionChoice, themeChoice } from '../state/theme.ts';
import { addCommands, type Command } from './command.ts';

export const THEME_CHOICES = [
  ['system', 'As the system says'],
  ['dark', 'Dark'],
  ['light', 'Light'],
  ['contrast', 'High contrast'],
] as const;

export const MOTION_CHOICES = [
  ['system', 'As the system says'],
  ['full', 'Full motion'],
  ['reduced', 'Reduced motion'],
] as const;

/** Make them known. */
export function addLookCommands(): void {
  const themes = THEME_CHOICES.map(
    ([choice, says]): Command => ({
      id: `theme.${choice}`,
      title: `Theme: ${says.toLowerCase()}`,
      group: 'View',
      also: 'colours appearance contrast',
      run: () => {
        themeChoice.value = choice;
      },
    }),
  );
  const motions = MOTION_CHOICES.map(
    ([choice, says]): Command => ({
      id: `motion.${choice}`,
      title: `Motion: ${says.toLowerCase()}`,
      group: 'View',
      also: 'animation',
      run: () => {
        motionChoice.value = choice;
      },
    }),
  );
  const machines = MACHINE_CHOICES.map(
    (choice): Command => ({
      id: `machine.${choice.machine}.${choice.power}`,
      title: `Machine: ${choice.says} (loads the window again)`,
      group: 'Lab',
      also: 'adapter gpu powerPreference laptop',
      run: () => {
        location.search = searchWith(location.search, choice, scene.value?.id ?? null);
      },
    }),
  );
  addCommands([...themes, ...motions, ...machines]);
}
