import { expect, test } from 'vitest';
import { sentenceOfSqlError } from './sql_sentence.ts';

test('an unknown column: the words of the database, without its advice', () => {
  expect(
    sentenceOfSqlError(
      'Binder Error: Referenced column "x" not found in FROM clause!\nCandidate bindings: "pages"\n\nLINE 1: select x\n               ^',
    ),
  ).toBe(
    'The question failed: Binder Error: Referenced column "x" not found in FROM clause!\nCandidate bindings: "pages".',
  );
});

test('a function of an extension: named, and that nothing is fetched', () => {
  const says =
    'Error: Catalog Error: Scalar Function with name "->>" is not in the catalog, but it exists in the json extension.\n\nPlease try installing';
  expect(sentenceOfSqlError(says)).toBe(
    "The question needs DuckDB's extension json, which does not come with the lab; nothing is fetched.",
  );
});
