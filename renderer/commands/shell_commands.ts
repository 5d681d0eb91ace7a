/** Commands over what the window runs in: files, the lab's worker, lab mode of the desktop shell, About. */
import { openAbout } from '../panels/about.tsx';
import { chooseFiles } from '../state/opened_files.ts';
import { addCommands } from './command.ts';

/** @param restartLab ends the lab's worker; another one takes its place */
export function addShellCommands(restartLab: () => void): void {
  addCommands([
    {
      id: 'session.openFile',
      title: 'Open file…',
      group: 'Session',
      also: 'gartlab load session scenario',
      keys: ['Ctrl+O'],
      run: chooseFiles,
    },
    {
      id: 'lab.restart',
      title: "Restart the lab's worker",
      group: 'Lab',
      also: 'hang crash kill stuck',
      run: restartLab,
    },
    {
      id: 'help.about',
      title: 'About GART Lab',
      group: 'Help',
      also: 'version gpu information adapter electron',
      run: openAbout,
    },
    {
      id: 'help.diagnostics',
      title: 'Save diagnostics for a bug report',
      group: 'Help',
      also: 'doctor bundle report problem versions limits',
      run: () => import('../state/diagnostics.ts').then(module => module.saveDiagnostics()),
    },
  ]);
  const shell = window.gartLabShell;
  if (!shell) return;
  void shell.describeShell().then(({ labMode }) =>
    addCommands([
      {
        id: 'shell.labMode',
        title: labMode
          ? 'Leave lab mode (starts again)'
          : 'Lab mode: developer flags of WebGPU (starts again)',
        group: 'Lab',
        also: 'unsafe webgpu timestamps flags',
        run: () => void shell.setLabMode(!labMode),
      },
    ]),
  );
}
