/** What an access must have found, or how it was stopped. */
import type { Json } from '../../session/input.ts';

/** True when a signal stopped the access. */
export function isSignal(ret: Json): boolean {
  return typeof ret === 'object' && ret !== null && 'signal' in ret;
}

/** A touch that was not stopped by a signal must find this byte. */
export function checkByte(ret: Json, wanted: number): string | null {
  if (typeof ret !== 'object' || ret === null || !('value' in ret)) return null;
  const { value } = ret as { readonly value: Json };
  return value === wanted
    ? null
    : `The page held ${wanted} at this byte, and now it holds ${JSON.stringify(value)}.`;
}
