/** All objects as a table: the text twin of the memory view. */
import type { ObjectView } from '../../core/public/view_types.ts';
import { select } from '../state/actions.ts';
import { objectFilter, selection, view } from '../state/lab_store.ts';
import { counted, duration, mebibytes, mebibytesOrK, sizeOfPages } from '../state/numbers.ts';
import { Icon, PlacementMark } from './marks.tsx';
import { matchesFilter } from './object_filter.ts';
import { Panel } from './panel.tsx';
import { moveByKeys } from './row_keys.ts';

function isRelated(object: ObjectView): boolean {
  const now = selection.value;
  if (now?.kind === 'task') return object.holders.some(holder => holder.pid === now.pid);
  if (now?.kind !== 'vma') return false;
  const vma = view.value.tasks.find(task => task.pid === now.pid)?.vmas.find(each => each.id === now.id);
  return vma?.objectId === object.id;
}

function ObjectRow({ object, time }: { readonly object: ObjectView; readonly time: number }) {
  const now = selection.value;
  const chosen = now?.kind === 'object' && now.id === object.id;
  const open = () => select({ kind: 'object', id: object.id });
  return (
    <tr
      tabIndex={0}
      aria-selected={chosen}
      class={chosen ? 'selected' : isRelated(object) ? 'related' : ''}
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
      <td class="num">{object.pinned ? 'pinned' : duration(Math.max(0, time - object.lastUse))}</td>
    </tr>
  );
}

export function ObjectsPanel() {
  const { objects, status } = view.value;
  const filter = objectFilter.value;
  const shown = objects.filter(object => matchesFilter(object, filter));
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
        <div class="scroll">
          <table class="objects" aria-label="Objects">
            <colgroup>
              <col class="col-mark" />
              <col />
              <col class="col-size" />
              <col class="col-maps" />
              <col class="col-used" />
            </colgroup>
            <thead>
              <tr>
                <th>
                  <span class="hidden-text">Placement</span>
                </th>
                <th>Object</th>
                <th class="num">MiB</th>
                <th class="num">Maps</th>
                <th class="num" title="Virtual time since its last use">
                  Used
                </th>
              </tr>
            </thead>
            <tbody onKeyDown={moveByKeys}>
              {shown.map(object => (
                <ObjectRow key={object.id} object={object} time={status.time} />
              ))}
            </tbody>
          </table>
          {objects.length === 0 && <p class="empty">No object exists.</p>}
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
      </div>
    </Panel>
  );
}
