/** Ring and status page: where head and tail stand, what the commands between them say, what became of the requests. */
import { signal } from '@preact/signals';
import type {
  EngineTroubleView,
  EngineView,
  RingRequestView,
  RingView,
  StatusPageView,
} from '../../core/public/machine_types.ts';
import { ask, select } from '../state/actions.ts';
import { view } from '../state/lab_store.ts';
import { milliseconds, thousands } from '../state/numbers.ts';
import { useFollowing } from './follow_lab.ts';
import { Chevron } from './marks.tsx';
import { Panel } from './panel.tsx';

const READ_EVERY_MS = 120;

const ring = signal<RingView | null>(null);
const statusPages = signal<ReadonlyMap<number, StatusPageView>>(new Map());
/** Requests that a person opened or closed, by engine and seqno; others are open when they are the newest. */
const opened = signal<ReadonlyMap<string, boolean>>(new Map());

async function read(): Promise<void> {
  const now = await ask('ring', {});
  ring.value = now;
  const pages = new Map<number, StatusPageView>();
  for (const { number } of now.engines) {
    const page = await ask('statusPage', { engine: number });
    if (page) pages.set(number, page);
  }
  statusPages.value = pages;
}

const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
const offset = (value: number) => `0x${value.toString(16)}`;

/** The ring from its first byte to its last: what is still to be executed is filled, between head and tail. */
function RingBar({ engine }: { readonly engine: EngineView }) {
  const { bytes, head, tail } = engine;
  const percent = (value: number) => `${(100 * value) / bytes}%`;
  const parts: [from: number, to: number][] =
    head <= tail
      ? [[head, tail]]
      : [
          [head, bytes],
          [0, tail],
        ];
  const inFlight = (tail - head + bytes) % bytes;
  return (
    <div
      class="ring-bar"
      role="img"
      aria-label={`Ring of ${bytes} bytes: head at ${offset(head)}, tail at ${offset(tail)}, ${inFlight} bytes between them, ${engine.space} bytes free.`}
    >
      {parts.map(([from, to]) => (
        <span
          key={from}
          class="fill"
          style={{ left: percent(from), width: `max(${percent(to - from)}, ${to > from ? 2 : 0}px)` }}
        />
      ))}
      <span class="head" style={{ left: percent(head) }} />
      <span class="tail" style={{ left: percent(tail) }} />
    </div>
  );
}

function Registers({ engine }: { readonly engine: EngineView }) {
  const rows: readonly (readonly [string, string])[] = [
    [
      'Head',
      `${offset(engine.head)}${engine.engineHead === engine.head ? '' : `, engine at ${offset(engine.engineHead)}`}`,
    ],
    ['Tail', offset(engine.tail)],
    ['Space', `${thousands(engine.space)} of ${thousands(engine.bytes)} B`],
    ['Ring at', hex(engine.base)],
    ['Stands at', engine.batch === null ? hex(engine.active) : `${hex(engine.batch)} in a batch`],
    ['Seqno', `${engine.completedSeqno} retired, ${engine.engineSeqno} stored`],
    ['Resets', `${engine.resets}${engine.wedged ? ', wedged' : ''}`],
  ];
  return (
    <dl class="facts">
      {rows.map(([label, value]) => [<dt key={`${label} t`}>{label}</dt>, <dd key={label}>{value}</dd>])}
    </dl>
  );
}

function StatusPage({ engine }: { readonly engine: EngineView }) {
  const page = statusPages.value.get(engine.number);
  if (!page) return null;
  return (
    <div class="section">
      <h3>
        <span>Status page</span>
        <span class="mono">{hex(page.address)}</span>
      </h3>
      <table class="plain ring-words">
        <tbody>
          {page.words.map(word => (
            <tr key={word.index}>
              <td class="mono">+{offset(word.index * 4)}</td>
              <td>{word.name}</td>
              <td class="num mono">{hex(word.value)}</td>
              <td class="num">{thousands(word.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {page.more > 0 && <p>{thousands(page.more)} more words are not 0.</p>}
    </div>
  );
}

function Commands({ request }: { readonly request: RingRequestView }) {
  if (request.commands.length === 0) {
    return <p class="dim">Its part of the ring has been written over since.</p>;
  }
  return (
    <ol class="commands">
      {request.commands.map(command => (
        <li key={command.address} title={command.words}>
          <span class="mono dim">{hex(command.address)}</span>
          <span class="mono">{command.name}</span>
          <span class="says">{command.says}</span>
        </li>
      ))}
      {request.moreCommands > 0 && <li class="dim">{thousands(request.moreCommands)} more commands</li>}
    </ol>
  );
}

function Request({
  engine,
  request,
  newest,
}: {
  readonly engine: EngineView;
  readonly request: RingRequestView;
  readonly newest: boolean;
}) {
  const key = `${engine.number} ${request.seqno}`;
  const open = opened.value.get(key) ?? newest;
  const bad = /^E[A-Z]/.test(request.state);
  const ends =
    request.signalAt === null
      ? ''
      : `${request.state === 'in flight' ? 'due ' : ''}${milliseconds(request.signalAt)}`;
  return (
    <div class="request">
      <button
        type="button"
        class={`row ${bad ? 'bad' : ''}`}
        aria-expanded={open}
        onClick={() => {
          opened.value = new Map(opened.value).set(key, !open);
        }}
      >
        <span class="twist">
          <Chevron open={open} />
        </span>
        <span>seqno {request.seqno}</span>
        <span class="state">{request.state}</span>
        <span class="end">{ends && `${ends} ms`}</span>
      </button>
      {open && (
        <div class="request-body">
          <Commands request={request} />
          {request.objects.length > 0 && (
            <div class="uses">
              {request.objects.map(object => (
                <button
                  key={object.id}
                  type="button"
                  class="link"
                  onClick={() => select({ kind: 'object', id: object.id })}
                >
                  {object.write ? 'writes' : 'reads'} {object.name}
                </button>
              ))}
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Trouble({ trouble }: { readonly trouble: EngineTroubleView }) {
  return (
    <button
      type="button"
      class="row trouble"
      title={`${trouble.kind}: ${trouble.says}`}
      onClick={() => select({ kind: 'event', index: trouble.eventIndex })}
    >
      <span class="kind">{trouble.kind}</span>
      {trouble.address !== null && <span class="mono">{hex(trouble.address)}</span>}
      <span class="ell">{trouble.says}</span>
      <span class="end">{trouble.seqno > 0 ? `seqno ${trouble.seqno}` : ''}</span>
    </button>
  );
}

function Engine({ engine }: { readonly engine: EngineView }) {
  return (
    <section aria-label={`Engine ${engine.number} of ${engine.device}`}>
      <div class="section">
        <h3>
          <span>
            Engine {engine.number}, {engine.device}
          </span>
          <span class={engine.status === 'hang' || engine.wedged ? 'bad' : ''}>
            {engine.wedged ? 'wedged' : engine.status}
          </span>
        </h3>
        <RingBar engine={engine} />
        <Registers engine={engine} />
      </div>
      {engine.troubles.length > 0 && (
        <div class="section">
          <h3>
            <span>Faults and resets</span>
            <span>newest first</span>
          </h3>
          {engine.troubles.map(trouble => (
            <Trouble key={trouble.eventIndex} trouble={trouble} />
          ))}
        </div>
      )}
      <div class="section">
        <h3>
          <span>Requests</span>
          <span>fence</span>
        </h3>
        {engine.requests.map((request, i) => (
          <Request key={request.seqno} engine={engine} request={request} newest={i === 0} />
        ))}
        {engine.requests.length === 0 && (
          <p>
            No doorbell was rung yet. Jobs of <span class="mono">gpu.submit</span> take virtual time and leave
            no commands here; <span class="mono">gpu.execbuffer</span> and the kernel's console do.
          </p>
        )}
      </div>
      <StatusPage engine={engine} />
    </section>
  );
}

export function RingPanel() {
  useFollowing(read, READ_EVERY_MS);
  const now = ring.value;
  return (
    <Panel name="Ring and status page">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls is scrolled by keys. */}
      <div class="scroll ring" role="document" aria-label="Engines" tabIndex={0}>
        {now === null && (
          <p class="empty">
            {view.value.status.inputs > 0 ? 'Reading the ring.' : 'Nothing runs yet. Choose a scene.'}
          </p>
        )}
        {now && now.note !== '' && <p class="empty">{now.note}</p>}
        {now?.engines.map(engine => (
          <Engine key={`${engine.device} ${engine.number}`} engine={engine} />
        ))}
      </div>
    </Panel>
  );
}
