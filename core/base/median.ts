/** The middle of a list of numbers (the lower one of two); 0 of none. For figures of a few samples, never for the model. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
