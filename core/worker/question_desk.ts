/** Where questions of the window are answered: at once, between two inputs, or where the scene rests. */

import type { FromLab, ToLab } from '../public/protocol.ts';
import type { QuestionName } from '../public/questions.ts';
import type { LabScene } from './lab_scene.ts';
import { ANSWERS } from './questions/all.ts';
import type { Answering } from './questions/question.ts';
import { sentenceOf } from './sentences.ts';

export class QuestionDesk {
  /** To be answered between two inputs, oldest first. */
  private waiting: (() => Promise<void>)[] = [];

  /** @param whenResting does something after what was asked of the lab before */
  constructor(
    private readonly scene: () => LabScene | null,
    private readonly send: (message: FromLab) => void,
    private readonly whenResting: (work: () => Promise<void>) => void,
  ) {}

  take({ number, name, ask }: Extract<ToLab, { type: 'ask' }>): void {
    const answering = ANSWERS[name] as Answering<QuestionName> | undefined;
    const answer = async () => {
      try {
        const scene = this.scene();
        if (!answering) throw new Error(`The lab knows no question ${JSON.stringify(name)}.`);
        if (!scene) throw new Error('No scene is loaded.');
        this.send({ type: 'answer', number, answer: await answering.answer(scene, ask) });
      } catch (error) {
        this.send({ type: 'refused', number, sentence: sentenceOf(error) });
      }
    };
    if (answering?.between) {
      this.waiting.push(answer);
      this.whenResting(() => this.answerWaiting());
    } else if (answering?.atRest || (answering?.ofMoment && this.scene()?.onWay)) this.whenResting(answer);
    else void answer();
  }

  /** The scene stands between two inputs. */
  async answerWaiting(): Promise<void> {
    if (this.scene()?.onWay) return;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) await next();
  }
}
