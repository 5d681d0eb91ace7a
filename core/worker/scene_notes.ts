/** Captions and bookmarks that a person gave: checked, and in order. */
import { MOST_NOTE_LETTERS, MOST_NOTES, type NoteView } from '../public/session_types.ts';

/**
 * @param inputs of the scene
 * @returns the notes in order of position
 * @throws Error with a sentence: too many, too long, nowhere
 */
export function orderedNotes(notes: readonly NoteView[], inputs: number): readonly NoteView[] {
  if (notes.length > MOST_NOTES) throw new Error(`A session has at most ${MOST_NOTES} notes.`);
  for (const { position, text } of notes) {
    if (text.length > MOST_NOTE_LETTERS)
      throw new Error(`A note has at most ${MOST_NOTE_LETTERS} letters; this one has ${text.length}.`);
    if (!Number.isInteger(position) || position < 0 || position > inputs)
      throw new Error(`There is no position ${position} for a note.`);
  }
  const order = notes.map((note, i) => ({ note, i }));
  order.sort((a, b) => a.note.position - b.note.position || a.i - b.i);
  return order.map(({ note }) => note);
}
