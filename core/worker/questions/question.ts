/** How a question of the window is answered. */
import type { AnswerOf, Ask, QuestionName } from '../../public/questions.ts';
import type { LabScene } from '../lab_scene.ts';

/**
 * A question that looks at the model only is answered at once, also while a scene runs. One that needs bytes of the machine
 * waits until the scene rests (`atRest`), because a barrier may be under way; or, where a running scene is to be followed,
 * until the inputs before it are done (`between`). One about the state of the moment (`ofMoment`) waits while the scene is on its way
 * through moments that nobody sees.
 */
export interface Answering<Name extends QuestionName> {
  readonly atRest?: true;
  readonly between?: true;
  readonly ofMoment?: true;
  /** @throws Error with a whole sentence when there is no answer */
  readonly answer: (scene: LabScene, ask: Ask<Name>) => AnswerOf<Name> | Promise<AnswerOf<Name>>;
}

export type AnswerTable = { readonly [Name in QuestionName]: Answering<Name> };
