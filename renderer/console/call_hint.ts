/** What a call that was typed lacks or has too much, by the reference of calls. */
import { callEntry, callUsage } from '../../core/public/call_reference.ts';

/**
 * A sentence and how the call is written, or null where nothing is to be said. What is missing is only said of a call that was
 * refused: some arguments stand for others.
 *
 * @param refused the kernel or the lab refused it
 */
export function callHint(call: string, args: object, refused: boolean): string | null {
  const entry = callEntry(call);
  if (!entry) return null;
  const known = new Set(entry.args.map(arg => arg.name));
  const unknown = Object.keys(args).filter(name => !known.has(name));
  const missing = refused ? entry.args.filter(arg => !arg.optional && !(arg.name in args)) : [];
  if (unknown.length + missing.length === 0) return null;
  return [
    missing.length > 0 && `Without ${missing.map(arg => arg.name).join(', ')}.`,
    unknown.length > 0 && `It does not take ${unknown.join(', ')}.`,
    callUsage(entry),
  ]
    .filter(part => part !== false)
    .join(' ');
}
