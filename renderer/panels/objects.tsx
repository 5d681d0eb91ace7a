/** All objects as a table that sorts and filters: the text twin of the memory view. Only the rows in sight exist. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { indexOfId } from '../../core/public/view_delta.ts';
import type { ObjectView, Selection } from '../../core/public/view_types.ts';
import { select } from '../state/actions.ts';
import { isGettingReady, objectFilter, scene, selection, view } from '../state/lab_store.ts';
import { counted, duration, mebibytes, mebibytesOrK, sizeOfPages } from '../state/numbers.ts';
import { Icon, PlacementMark } from './marks.tsx';
import { memo } from './memo.ts';
import { matchesFilter } from './object_filter.ts';
import { inOrder, nextOrder, type ObjectColumn, type ObjectOrder } from './object_order.ts';
import { Panel } from './panel.tsx';
import { useVirtualRows } from './virtual_rows.ts';

const order = signal<ObjectOrder | null>(null);

/** Who is marked besides the selected object: what the selected task holds or the selected mapping shows. */
function relatedTo(now: Selection | null): (object: ObjectView) => boolean {
  if (now?.kind === 'task') return object => object.holders.some(holder => holder.pid === now.pid);
  if (now?.kind !== 'vma') return () => false;
  const vma = view.value.tasks.find(task => task.pid === now.pid)?.vmas.find(each => each.id === now.id);
  return object => vma?.objectId === object.id;
}

interface ObjectRowProps {
  readonly object: ObjectView;
  /** When it was used, in words. */
  readonly used: string;
  readonly row: number;
  readonly mark: 'selected' | 'related' | '';
}

const ObjectRow = memo(function ObjectRow({ object, used, row, mark }: ObjectRowProps) {
  const open = () => select({ kind: 'object', id: object.id });
  return (
    <tr
      tabIndex={-1}
      aria-rowindex={row + 2}
      aria-selected={mark === 'selected'}
      class={mark}
      onClick={open}
      onKeyDown={event => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          open();
        }
      }}
    >
      <td>
        <PlacementMark placement={object.placement} moving={object.moving} />
      </td>
      <td title={object.name}>{object.name}</td>
      <td class="num" title={sizeOfPages(object.nrPages)}>
        {mebibytesOrK(object.nrPages)}
      </td>
      <td class="num">{object.maps}</td>
      <td class="num">{used}</td>
    </tr>
  );
});

function usedText({ pinned, lastUse }: ObjectView, time: number): string {
  if (pinned) return 'pinned';
  return lastUse < 0 ? '–' : duration(Math.max(0, time - lastUse));
}

function Head({
  column,
  children,
  title,
  end,
}: {
  readonly column: ObjectColumn;
  readonly children: ComponentChildren;
  readonly title?: string;
  readonly end?: boolean;
}) {
  const now = order.value?.column === column ? order.value : null;
  return (
    <th class={end ? 'num' : ''} aria-sort={now ? (now.down ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        class="sort"
        title={title ?? 'Sort'}
        onClick={() => {
          order.value = nextOrder(order.value, column);
        }}
      >
        {children}
        {now && <span aria-hidden="true">{now.down ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
}

/** Stands for the rows that are not in sight. */
function Spacer({ height }: { readonly height: number }) {
  return (
    <tr class="spacer" style={{ height: `${height}px` }}>
      <td colSpan={5} />
    </tr>
  );
}

/** As the lab gives them they are in order of id; sorted ones are searched. */
const placeOf = (shown: readonly ObjectView[], id: number) =>
  order.value === null ? indexOfId(shown, id) : shown.findIndex(object => object.id === id);

function Rows({ shown, time }: { readonly shown: readonly ObjectView[]; readonly time: number }) {
  const box = useRef<HTMLDivElement>(null);
  const { items, before, after, scrollTo } = useVirtualRows(box, shown.length);
  const now = selection.value;
  const chosen = now?.kind === 'object' ? placeOf(shown, now.id) : -1;
  const isRelated = relatedTo(now);
  // What is selected elsewhere comes into sight here.
  useEffect(() => {
    if (chosen >= 0) scrollTo(chosen);
  }, [now]);
  return (
    <div class="scroll" ref={box}>
      <table class="objects" aria-label="Objects" aria-rowcount={shown.length + 1}>
        <colgroup>
          <col class="col-mark" />
          <col />
          <col class="col-size" />
          <col class="col-maps" />
          <col class="col-used" />
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <Head column="placement" title="Sort by placement">
              <span class="hidden-text">Placement</span>
            </Head>
            <Head column="name">Object</Head>
            <Head column="size" end>
              MiB
            </Head>
            <Head column="maps" end>
              Maps
            </Head>
            <Head column="used" end title="Virtual time since its last use">
              Used
            </Head>
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} />}
          {items.map(({ index }) => {
            const object = shown[index]!;
            const mark = index === chosen ? 'selected' : isRelated(object) ? 'related' : '';
            return (
              <ObjectRow
                key={object.id}
                object={object}
                used={usedText(object, time)}
                row={index}
                mark={mark}
              />
            );
          })}
          {after > 0 && <Spacer height={after} />}
        </tbody>
      </table>
    </div>
  );
}

function NoObject() {
  const managed = scene.value === null || view.value.placements.length > 0;
  return (
    <p class="empty">
      {managed
        ? 'No object exists.'
        : 'No device of this machine has managed memory. Objects of other drivers are files of shared memory: Tasks shows where they are mapped.'}
    </p>
  );
}

export function ObjectsPanel() {
  const { objects, status } = view.value;
  const filter = objectFilter.value;
  const shown = inOrder(
    filter === '' ? objects : objects.filter(object => matchesFilter(object, filter)),
    order.value,
  );
  const pages = objects.reduce((sum, object) => sum + object.nrPages, 0);
  return (
    <Panel name="Objects" meta={objects.length > 0 ? `${objects.length}, ${mebibytes(pages)} MiB` : ''}>
      <div class="split">
        <label class="find">
          <Icon name="search" />
          <input
            type="search"
            aria-label="Filter objects"
            placeholder="Filter: name, task, placement, size>4M"
            value={filter}
            onInput={event => {
              objectFilter.value = event.currentTarget.value;
            }}
          />
        </label>
        {shown.length > 0 && <Rows shown={shown} time={status.time} />}
        {objects.length === 0 && !isGettingReady.value && <NoObject />}
        {objects.length > 0 && shown.length === 0 && (
          <div class="empty">
            No object matches {filter}. {counted(objects.length, 'object')} in all.
            <br />
            <button
              type="button"
              class="button"
              onClick={() => {
                objectFilter.value = '';
              }}
            >
              Clear filter
            </button>
          </div>
        )}
      </div>
    </Panel>
  );
}
