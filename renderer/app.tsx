/** The frame of the window: toolbar, failures, the dock with its panels, status bar. */
import { Palette } from './commands/palette.tsx';
import { Dock } from './dock/dock.tsx';
import { About } from './panels/about.tsx';
import { ExportBar } from './panels/export_bar.tsx';
import { Failures, Notices } from './panels/failures.tsx';
import { Recovered } from './panels/recovered.tsx';
import { ReplacedOffer } from './panels/replaced.tsx';
import { StatusBar } from './panels/status_bar.tsx';
import { Toolbar } from './panels/toolbar.tsx';
import { Presenter } from './presenter/presenter.tsx';
import { presenting } from './presenter/presenting.ts';

export function App() {
  return (
    <div class={`app ${presenting.value ? 'presenting' : ''}`}>
      <Toolbar />
      <div>
        <Failures />
        <Notices />
        <Recovered />
        <ReplacedOffer />
        <ExportBar />
      </div>
      <Dock />
      <StatusBar />
      <Presenter />
      <Palette />
      <About />
    </div>
  );
}
