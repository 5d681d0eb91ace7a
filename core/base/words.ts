/** Words for people. */

/** `1 object`, `2 objects`; digits are not grouped. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
