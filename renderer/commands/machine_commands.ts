/** Commands over what the machine shows. */
import { scene } from '../state/lab_store.ts';
import { addCommands } from './command.ts';

/** Make them known. */
export function addMachineCommands(): void {
  addCommands([
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
