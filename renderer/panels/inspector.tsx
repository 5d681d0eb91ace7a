/** The inspector of the selection: what is this, who holds it, what happened to it, why was it evicted. */
import type { ComponentChildren } from 'preact';
import type { HolderView, ObjectView, TaskView, VmaView } from '../../core/public/view_types.ts';
import { sayLine } from '../commands/command.ts';
import { seek } from '../state/actions.ts';
import { equalText } from '../state/equal_text.ts';
import { useEventRow } from '../state/event_row.ts';
import { details, events, objectsById, openWhy, selection, view } from '../state/lab_store.ts';
import { address, counted, milliseconds, sizeOfPages, thousands } from '../state/numbers.ts';
import { Address } from './address.tsx';
import { PlacementMark, SourceMark } from './marks.tsx';
import { ObjectPages } from './object_pages.tsx';
import { Panel } from './panel.tsx';
import { WhyWalk } from './why.tsx';

function Section({
  title,
  end,
  children,
}: {
  readonly title: string;
  readonly end?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="section">
      <h3>
        <span>{title}</span>
        {end && <span>{end}</span>}
      </h3>
      {children}
    </div>
  );
}

/** Facts that the lab adds for this selection. */
function Facts({ rows }: { readonly rows: readonly (readonly [string, string])[] }) {
  const more =
    details.value && selection.value && equalText(details.value.selection, selection.value)
      ? details.value.facts
      : [];
  return (
    <dl class="facts">
      {rows.map(([label, value]) => [<dt key={`${label} t`}>{label}</dt>, <dd key={label}>{value}</dd>])}
      {more.map(fact => [
        <dt key={`${fact.label} t`}>{fact.label}</dt>,
        <dd key={fact.label}>
          {fact.value}
          {fact.source && (
            <span class="source">
              {' '}
              <SourceMark source={fact.source} />
              {fact.source}
            </span>
          )}
        </dd>,
      ])}
    </dl>
  );
}

function History() {
  if (!details.value || !selection.value || !equalText(details.value.selection, selection.value)) return null;
  const { history } = details.value;
  if (history.length === 0) return null;
  return (
    <Section title="History" end="ms">
      <table class="plain history">
        <colgroup>
          <col class="when" />
          <col />
        </colgroup>
        <tbody>
          {history.map(line => (
            <tr key={line.eventIndex}>
              <td class="when">{milliseconds(line.time)}</td>
              <td title={line.text}>{line.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Why({ object }: { readonly object: ObjectView }) {
  const why = view.value.why.findLast(each => each.victimId === object.id);
  if (!why) return null;
  return (
    <Section
      title={object.placement === 'VRAM' ? 'Why it was evicted last' : 'Why it was evicted'}
      end={`${milliseconds(why.time)} ms`}
    >
      <p>{why.need}</p>
      <WhyWalk why={why} />
      {openWhy.value !== why.number && (
        <button
          type="button"
          class="button"
          onClick={() => {
            openWhy.value = why.number;
          }}
        >
          Show over the memory view
        </button>
      )}
    </Section>
  );
}

function placeOf(object: ObjectView): string {
  const run = object.runs[0];
  if (!run) return 'pages without an address';
  const more = object.runs.length > 1 ? ` and ${counted(object.runs.length - 1, 'more run')}` : '';
  return `${object.placement} +0x${(run.firstPage * 4096).toString(16)}${more}`;
}

/** One row per task: everything by which it holds the object, and its present entries together. */
function holdersByTask(holders: readonly HolderView[]): readonly HolderView[] {
  const rows = new Map<number, HolderView>();
  for (const holder of holders) {
    const how = holder.how.replace(/ of fd \d+$/, '').replace(/^map .*/, 'map');
    const row = rows.get(holder.pid);
    const all = row ? (row.how.split(', ').includes(how) ? row.how : `${row.how}, ${how}`) : how;
    rows.set(holder.pid, { ...holder, how: all, presentPtes: (row?.presentPtes ?? 0) + holder.presentPtes });
  }
  return [...rows.values()];
}

function ObjectInspector({ object }: { readonly object: ObjectView }) {
  return (
    <>
      <div class="identity">
        <div class="name">
          <PlacementMark placement={object.placement} moving={object.moving} />
          <span class="ell">{object.name}</span>
        </div>
        <div class="where">
          {object.placement}
          {object.moving ? ', moving' : ''}
          {object.pinned ? `, pinned (${object.pinned})` : ''}
        </div>
        <Address of={{ kind: 'object', id: object.id }} />
      </div>
      <Section title="Identity">
        <Facts
          rows={[
            ['Size', `${thousands(object.nrPages * 4096)} B, ${counted(object.nrPages, 'page')}`],
            ['Lies at', placeOf(object)],
            ['GART', object.gartEntry === null ? 'not bound' : `from entry ${thousands(object.gartEntry)}`],
            ['Last use', object.lastUse < 0 ? 'not known' : `${milliseconds(object.lastUse)} ms`],
          ]}
        />
      </Section>
      <Section title="Held by" end="PTEs now">
        <table class="plain holders">
          <colgroup>
            <col class="col-task" />
            <col />
            <col class="col-ptes" />
          </colgroup>
          <tbody>
            {holdersByTask(object.holders).map(holder => (
              <tr key={holder.pid}>
                <td>{holder.task}</td>
                <td title={holder.how}>{holder.how}</td>
                <td class="num">{thousands(holder.presentPtes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {object.holders.length === 0 && <p>Only the kernel.</p>}
      </Section>
      <ObjectPages object={object} />
      <Why object={object} />
      <History />
    </>
  );
}

function TaskInspector({ task }: { readonly task: TaskView }) {
  const present = task.vmas.reduce((sum, vma) => sum + vma.presentPtes, 0);
  return (
    <>
      <div class="identity">
        <div class="name">{task.name}</div>
        <div class="where">{task.state ?? 'runs'}</div>
        <Address of={{ kind: 'task', pid: task.pid }} />
      </div>
      <Section title="Address space">
        <Facts
          rows={[
            ['Mappings', counted(task.vmas.length, 'map')],
            ['Present', counted(present, 'PTE')],
            ['Files', counted(task.fds.length, 'descriptor')],
          ]}
        />
      </Section>
      <History />
    </>
  );
}

function VmaInspector({ task, vma }: { readonly task: TaskView; readonly vma: VmaView }) {
  const object = vma.objectId === null ? undefined : objectsById.value.get(vma.objectId);
  return (
    <>
      <div class="identity">
        <div class="name">
          {vma.leadsTo && <PlacementMark placement={vma.leadsTo} />}
          <span class="ell">{object?.name ?? vma.name}</span>
        </div>
        <div class="where">mapping of {task.name}</div>
        <div class="path">
          {address(vma.startPage)}-{address(vma.startPage + vma.nrPages)} {vma.perm}
        </div>
        <Address of={{ kind: 'vma', pid: task.pid, id: vma.id }} />
      </div>
      <Section title="Mapping">
        <Facts
          rows={[
            ['Size', sizeOfPages(vma.nrPages)],
            ['File', vma.name],
            ['Present', counted(vma.presentPtes, 'PTE')],
            ['Leads to', vma.leadsTo ?? 'nowhere: the next touch faults'],
            ...(vma.zappedPtes > 0
              ? [['Zapped', `${counted(vma.zappedPtes, 'PTE')} by the last shoot-down`] as const]
              : []),
          ]}
        />
      </Section>
      <History />
    </>
  );
}

function goTo(position: number): void {
  sayLine(`seek ${position}`);
  void seek(position);
}

function EventInspector({ index }: { readonly index: number }) {
  const rows = events.value;
  const held = rows[index - (rows[0]?.index ?? 0)];
  const far = useEventRow(held ? null : index);
  const event = held ?? far?.row;
  if (!event) return <p class="empty">{far ? `Event ${index} is not held any more.` : ''}</p>;
  const later = event.index >= view.value.status.events;
  return (
    <>
      <div class="identity">
        <div class="name mono">{event.name}</div>
        <div class="where">{event.task}</div>
        <Address of={{ kind: 'event', index: event.index }} />
      </div>
      <Section title="Event">
        <Facts
          rows={[
            ['Time', `${milliseconds(event.time)} ms`],
            ['Fields', event.text],
            ...(event.objectId === null
              ? []
              : [['Object', objectsById.value.get(event.objectId)?.name ?? `bo/${event.objectId}`] as const]),
          ]}
        />
        {later && far && (
          <>
            <p>It happens after the instant that the window shows.</p>
            <button type="button" class="button" onClick={() => goTo(far.position)}>
              Go there
            </button>
          </>
        )}
      </Section>
    </>
  );
}

function Selected() {
  const now = selection.value;
  const nothing = <p class="empty">Select an object, a mapping, an event or a task.</p>;
  if (!now) return nothing;
  if (now.kind === 'event') return <EventInspector index={now.index} />;
  if (now.kind === 'object') {
    const object = objectsById.value.get(now.id);
    return object ? (
      <ObjectInspector object={object} />
    ) : (
      <p class="empty">Object bo/{now.id} does not exist at this moment.</p>
    );
  }
  const task = view.value.tasks.find(each => each.pid === now.pid);
  if (!task) return <p class="empty">Task {now.pid} does not exist at this moment.</p>;
  if (now.kind === 'task') return <TaskInspector task={task} />;
  const vma = task.vmas.find(each => each.id === now.id);
  return vma ? (
    <VmaInspector task={task} vma={vma} />
  ) : (
    <p class="empty">The mapping does not exist at this moment.</p>
  );
}

export function InspectorPanel() {
  return (
    <Panel name="Inspector">
      <div class="scroll">
        <Selected />
      </div>
    </Panel>
  );
}
