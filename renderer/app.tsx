/** The frame of the window: toolbar, panels, status bar. */
import { Failures } from './panels/failures.tsx';
import { InspectorPanel } from './panels/inspector.tsx';
import { LogPanel } from './panels/log.tsx';
import { MemoryView, type MemoryViewProps } from './panels/memory_view.tsx';
import { ObjectsPanel } from './panels/objects.tsx';
import { StatusBar } from './panels/status_bar.tsx';
import { TasksPanel } from './panels/tasks.tsx';
import { Toolbar } from './panels/toolbar.tsx';

export function App(props: MemoryViewProps) {
  return (
    <div class="app">
      <Toolbar />
      <Failures />
      <main class="work">
        <div class="left">
          <TasksPanel />
          <ObjectsPanel />
        </div>
        <MemoryView {...props} />
        <InspectorPanel />
        <LogPanel />
      </main>
      <StatusBar />
    </div>
  );
}
