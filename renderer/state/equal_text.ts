/** Two answers of the lab say the same: whoever shows the old one need not look at the new one. For plain values of moderate size. */
export const equalText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
