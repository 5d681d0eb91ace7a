/** A lab that knows three views: for looking at the window alone (`vite build --mode fixture`); never part of the product. */
import type { FromLab, LabCommand, ToLab } from '../../core/public/protocol.ts';
import { diffView, EMPTY_VIEW } from '../../core/public/view_delta.ts';
import type { Change, LabView } from '../../core/public/view_types.ts';
import type { LabPort } from '../state/lab_client.ts';
import { fixtureView } from './fixture.ts';
import { manyObjectsView } from './many_objects.ts';

const SCENE = { id: 'fixture', title: 'Evict and re-fault', summary: 'Three views written by hand.' };
const MANY = { id: 'many', title: 'A hundred thousand objects', summary: 'What the memory view leaves out.' };
const MANY_OBJECTS = 100_000;

export class FixtureLab implements LabPort {
  onmessage: ((event: { data: FromLab }) => void) | null = null;
  private now: LabView = EMPTY_VIEW;
  private step: 0 | 1 | 2 = 0;

  postMessage(message: ToLab): void {
    if (message.type === 'ask') {
      const { number } = message;
      setTimeout(() => this.say({ type: 'refused', number, sentence: 'This lab has pictures only.' }), 1);
    }
    if (message.type !== 'command') return;
    setTimeout(() => {
      this.act(message.command);
      this.say({ type: 'done', number: message.number });
    }, 1);
  }

  private say(data: FromLab): void {
    this.onmessage?.({ data });
  }

  private go(step: 0 | 1 | 2, changes: readonly Change[]): void {
    const next = fixtureView(step);
    this.step = step;
    this.say({ type: 'view', delta: diffView(this.now, next), changes });
    this.now = next;
  }

  private act(command: LabCommand): void {
    switch (command.type) {
      case 'open':
        this.say({ type: 'opened', scenes: [SCENE, MANY] });
        this.say({
          type: 'adapter',
          adapter: {
            machine: 'webgpu',
            name: 'SwiftShader',
            software: true,
            because: 'No GPU: work runs on the processor.',
          },
        });
        break;
      case 'load':
        if (command.scene === MANY.id) {
          this.say({ type: 'loaded', scene: MANY });
          this.now = manyObjectsView(MANY_OBJECTS);
          this.say({ type: 'view', delta: diffView(EMPTY_VIEW, this.now), changes: [] });
          break;
        }
        this.say({ type: 'loaded', scene: SCENE });
        this.now = EMPTY_VIEW;
        this.go(0, []);
        this.say({
          type: 'events',
          keep: 0,
          skipped: 0,
          rows: Array.from({ length: 400 }, (_, i) => ({
            index: i,
            time: i * 1_234_567,
            task: ['kernel', 'game', 'video'][i % 3]!,
            name: ['lab_mm:zap_vma', 'exceptions:page_fault_user', 'lab_ttm:bo_move'][i % 3]!,
            text: 'mmId=3 page=0x7f2a40 write=1 reason=NOPAGE ptesInserted=16',
            objectId: (i % 18) + 1,
          })),
        });
        break;
      case 'run':
      case 'step':
        if (this.step === 0) {
          this.go(1, [
            { kind: 'zap', objectId: 6, ptes: 6075, vmaIds: [2122, 2452, 2512] },
            {
              kind: 'move',
              objectId: 6,
              from: 'VRAM',
              to: 'SYSTEM',
              nrPages: 2025,
              rate: 2.94e9,
              rateSource: 'measured',
            },
          ]);
        } else if (this.step === 1) {
          this.go(2, [
            { kind: 'fault', pid: 251, vmaId: 2512, objectId: 6, refault: true, outcome: 'fault' },
          ]);
        }
        break;
      case 'stepBack':
        if (this.step > 0) this.go((this.step - 1) as 0 | 1, []);
        break;
      case 'reset':
        this.go(0, []);
        break;
      default:
        break;
    }
  }
}
