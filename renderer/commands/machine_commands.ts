/** Commands over what the machine shows. */
import { frameSelection } from '../panels/memory_view.tsx';
import { scene, selection } from '../state/lab_store.ts';
import { flatView, setFlat } from '../state/shown.ts';
import { addCommands } from './command.ts';

/** Make them known. */
export function addMachineCommands(): void {
  addCommands([
    {
      id: 'view.frameSelection',
      title: 'Frame the selection',
      group: 'View',
      also: 'zoom camera focus memory',
      keys: ['f'],
      enabled: () => selection.value !== null,
      run: () => void frameSelection(),
    },
    {
      id: 'view.flat',
      title: 'Draw the memories in 2D or 3D',
      group: 'View',
      also: 'flat plan perspective canvas slow',
      run: () => setFlat(!flatView.value),
    },
    {
      id: 'framebuffer.save',
      title: 'Save the framebuffer as PNG',
      group: 'Session',
      also: 'screenshot picture display scan-out export',
      enabled: () => scene.value !== null,
      run: () => import('../panels/framebuffer.tsx').then(module => module.saveFramebuffer()),
    },
  ]);
}
