/**
 * The third channel: our own bugs. A failed invariant is never a KernelError and never a fault reason.
 */

/** The model contradicts itself. The message says which rule, with the values. */
export class ModelBug extends Error {
  override readonly name = 'ModelBug';
}

/**
 * Assert a rule of the model; costs one branch when it holds.
 *
 * @param holds the rule
 * @param says  whole sentence with the values; a function, so that nothing is formatted when the rule holds
 * @throws ModelBug
 */
export function invariant(holds: unknown, says: () => string): asserts holds {
  if (!holds) throw new ModelBug(says());
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new ModelBug(`A value that cannot exist was reached (${String(value)}).`);
}
