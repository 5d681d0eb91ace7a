/** One of a few words, chosen in the head of a panel. */
import { Chevron } from './marks.tsx';

interface WordPickerProps<Word extends string> {
  /** What is chosen; also its accessible name. */
  readonly name: string;
  readonly words: readonly Word[];
  readonly chosen: Word;
  readonly choose: (word: Word) => void;
}

export function WordPicker<Word extends string>({ name, words, chosen, choose }: WordPickerProps<Word>) {
  return (
    <label class="pick flat">
      <span>{name}:</span>
      <select aria-label={name} value={chosen} onChange={event => choose(event.currentTarget.value as Word)}>
        {words.map(word => (
          <option key={word} value={word}>
            {word}
          </option>
        ))}
      </select>
      <Chevron />
    </label>
  );
}
