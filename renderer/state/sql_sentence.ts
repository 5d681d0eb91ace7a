/** What DuckDB says when it does not understand, as a sentence; its advice to install something is no advice here. */
export function sentenceOfSqlError(says: string): string {
  const [first = ''] = says.replace(/^Error:\s*/, '').split(/\n\s*\n/);
  const extension = /exists in the (\w+) extension/.exec(first)?.[1];
  if (extension !== undefined)
    return `The question needs DuckDB's extension ${extension}, which does not come with the lab; nothing is fetched.`;
  const text = first.trim();
  return `The question failed: ${/[.!?]$/.test(text) ? text : `${text}.`}`;
}
