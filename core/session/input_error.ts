/**
 * An input that no kernel could understand: an unknown call, an unknown name, a malformed argument. Its author is told where.
 *
 * Not for    refusals of the kernel, which are answers (`ret: "EINVAL"`)
 */
import type { Input } from './input.ts';

export class InputError extends Error {
  override readonly name: string = 'InputError';

  /**
   * @param position index of the input in its log, from 0
   * @param detail   whole sentence with the values
   */
  constructor(
    readonly position: number,
    readonly input: Input,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`Input ${position} (${JSON.stringify(input)}): ${detail}`, options);
  }

  /** Something broke while an input ran; the message keeps both. */
  static while(position: number, input: Input, error: unknown): Error {
    if (error instanceof InputError) return error;
    if (error instanceof Error) {
      error.message = `${error.message}\n  while running input ${position} (${JSON.stringify(input)})`;
      return error;
    }
    return new InputError(position, input, String(error));
  }
}
