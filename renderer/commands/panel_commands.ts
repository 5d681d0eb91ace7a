/** Commands over the panels: show, close, float, maximise, go from one to the next, first layout. */
import { closeActivePanel, focusNextPanel, resetLayout, showPanel, toggleMaximized } from '../dock/dock.tsx';
import { PANELS } from '../dock/panel_list.ts';
import { addCommands } from './command.ts';

/** Make them known. */
export function addPanelCommands(): void {
  addCommands([
    ...PANELS.map(panel => ({
      id: `panel.${panel.id}`,
      title: `Show ${panel.name}`,
      group: 'Panels' as const,
      also: panel.about,
      run: () => showPanel(panel.id),
    })),
    {
      id: 'panels.maximize',
      title: 'Maximise the panel, or bring the others back',
      group: 'Panels',
      keys: ['Ctrl+M'],
      run: toggleMaximized,
    },
    {
      id: 'panels.close',
      title: 'Close the panel',
      group: 'Panels',
      also: 'hide tab remove',
      keys: ['Alt+W'],
      run: closeActivePanel,
    },
    {
      id: 'panels.next',
      title: 'Go to the next panel',
      group: 'Panels',
      keys: ['F6'],
      run: () => focusNextPanel(1),
    },
    {
      id: 'panels.previous',
      title: 'Go to the panel before',
      group: 'Panels',
      keys: ['Shift+F6'],
      run: () => focusNextPanel(-1),
    },
    {
      id: 'panels.reset',
      title: 'First layout again',
      group: 'Panels',
      also: 'reset restore panels windows',
      run: resetLayout,
    },
  ]);
}
