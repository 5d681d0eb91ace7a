/** Tasks with their descriptors and mappings, as a tree. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { TaskView, VmaView } from '../../core/public/view_types.ts';
import { select } from '../state/actions.ts';
import { isGettingReady, objectsById, selection, view } from '../state/lab_store.ts';
import { address, counted } from '../state/numbers.ts';
import { Chevron, NowhereMark, PlacementMark } from './marks.tsx';
import { memo } from './memo.ts';
import { Panel } from './panel.tsx';
import { useRowKeys } from './row_keys.ts';

const closed = signal<ReadonlySet<number>>(new Set());

function toggle(pid: number): void {
  const next = new Set(closed.value);
  if (!next.delete(pid)) next.add(pid);
  closed.value = next;
}

interface RowProps {
  readonly class: string;
  readonly onSelect: () => void;
  readonly level: number;
  readonly expanded?: boolean;
  readonly onToggle?: () => void;
  readonly selected: boolean;
  readonly title?: string;
  readonly children: ComponentChildren;
}

function Row(props: RowProps) {
  return (
    <button
      type="button"
      role="treeitem"
      aria-level={props.level}
      {...(props.expanded !== undefined && { 'aria-expanded': props.expanded })}
      aria-selected={props.selected}
      class={`row ${props.class} ${props.selected ? 'selected' : ''}`}
      title={props.title}
      onClick={props.onSelect}
      onKeyDown={event => {
        if (event.key !== (props.expanded ? 'ArrowLeft' : 'ArrowRight') || !props.onToggle) return;
        event.preventDefault();
        event.stopPropagation();
        props.onToggle();
      }}
    >
      {props.children}
    </button>
  );
}

function stateOf(vma: VmaView): string {
  if (vma.presentPtes > 0) return counted(vma.presentPtes, 'PTE');
  return vma.zappedPtes > 0 ? 'zapped' : 'no PTE';
}

interface VmaRowProps {
  readonly pid: number;
  readonly vma: VmaView;
  /** What people call it. */
  readonly name: string;
  readonly selected: boolean;
  readonly related: boolean;
}

const VmaRow = memo(function VmaRow({ pid, vma, name, selected, related }: VmaRowProps) {
  return (
    <Row
      class={`level ${related ? 'related' : ''}`}
      level={2}
      selected={selected}
      title={`${address(vma.startPage)}-${address(vma.startPage + vma.nrPages)} ${vma.perm} ${vma.name}`}
      onSelect={() => select({ kind: 'vma', pid, id: vma.id })}
    >
      <span class="kind">map</span>
      {vma.leadsTo ? <PlacementMark placement={vma.leadsTo} /> : <NowhereMark />}
      <span class="ell">{name}</span>
      <span class={`end ${vma.presentPtes === 0 && vma.zappedPtes > 0 ? 'strong' : ''}`}>{stateOf(vma)}</span>
    </Row>
  );
});

function VmaRows({ task: { pid, vmas } }: { readonly task: TaskView }) {
  const now = selection.value;
  const objects = objectsById.value;
  return (
    <>
      {vmas.map(vma => (
        <VmaRow
          key={`vma ${vma.id}`}
          pid={pid}
          vma={vma}
          name={(vma.objectId === null ? undefined : objects.get(vma.objectId))?.name ?? vma.name}
          selected={now?.kind === 'vma' && now.id === vma.id && now.pid === pid}
          related={now?.kind === 'object' && now.id === vma.objectId}
        />
      ))}
    </>
  );
}

function TaskRows({ task }: { readonly task: TaskView }) {
  const now = selection.value;
  const open = !closed.value.has(task.pid);
  const chosen = now?.kind === 'task' && now.pid === task.pid;
  return (
    <>
      <Row
        class=""
        level={1}
        expanded={open}
        onToggle={() => toggle(task.pid)}
        selected={chosen}
        onSelect={() => {
          if (chosen || !open) toggle(task.pid);
          select({ kind: 'task', pid: task.pid });
        }}
      >
        <span class="twist">
          <Chevron open={open} />
        </span>
        <span class="ell">
          {task.name} <span class="dim">{task.pid}</span>
        </span>
        <span class="end">
          {task.state ?? `${counted(task.vmas.length, 'map')}, ${counted(task.fds.length, 'fd')}`}
        </span>
      </Row>
      {open &&
        task.fds.map(fd => (
          <Row
            key={`fd ${fd.fd}`}
            class="level"
            level={2}
            selected={false}
            onSelect={() => select({ kind: 'task', pid: task.pid })}
          >
            <span class="kind">fd {fd.fd}</span>
            <span class="ell">{fd.path}</span>
          </Row>
        ))}
      {open && <VmaRows task={task} />}
    </>
  );
}

function Tree({ tasks }: { readonly tasks: readonly TaskView[] }) {
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box, '.row');
  return (
    <div class="scroll" role="tree" aria-label="Tasks" ref={box}>
      {tasks.map(task => (
        <TaskRows key={task.pid} task={task} />
      ))}
    </div>
  );
}

export function TasksPanel() {
  const { tasks } = view.value;
  const maps = tasks.reduce((sum, task) => sum + task.vmas.length, 0);
  return (
    <Panel
      name="Tasks"
      meta={tasks.length > 0 ? `${counted(tasks.length, 'task')}, ${counted(maps, 'map')}` : ''}
    >
      {tasks.length > 0 && <Tree tasks={tasks} />}
      {tasks.length === 0 && !isGettingReady.value && <p class="empty">No task runs.</p>}
    </Panel>
  );
}
