/**
 * What a diagnostics file says of a WebGPU adapter, and how personal paths stay out of such a file: the command line and the window
 * write one for bug reports.
 */

/** Names the format of a diagnostics file. */
export const DIAGNOSTICS_FORMAT = { format: 'gart-lab-diagnostics', version: 1 } as const;

export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly fallback: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** Everything that an adapter says of itself, in order of name. */
export function adapterFacts(adapter: GPUAdapter): AdapterFacts {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const names: string[] = [];
  // Limits are getters of the prototype.
  for (const name in adapter.limits) names.push(name);
  const limits: Record<string, number> = {};
  for (const name of names.sort(byName)) {
    const value: unknown = Reflect.get(adapter.limits, name);
    if (typeof value === 'number') limits[name] = value;
  }
  return {
    vendor,
    architecture,
    device,
    description,
    fallback: isFallbackAdapter === true,
    features: [...adapter.features].sort(byName),
    limits,
  };
}

/** Whose paths these are; empty texts name nothing. */
export interface Personal {
  readonly home: string;
  readonly user: string;
  /** Where the app lies. */
  readonly root: string;
}

/** Shorter names are words of other things. */
const LEAST_NAME = 3;

/** A text without where the app lies, the home directory and the user's name. */
export function withoutPersonal(text: string, { home, user, root }: Personal): string {
  let said = text;
  for (const [path, stands] of [
    [root, '<app>'],
    [home, '~'],
  ] as const) {
    // A root of one letter is no home of anybody's.
    if (path.length > 1) said = said.replaceAll(path, stands).replaceAll(path.replaceAll('\\', '/'), stands);
  }
  said = said.replace(/([/\\](?:home|Users|Documents and Settings)[/\\])[^/\\"':;\s]+/g, '$1<user>');
  // `root` is a word of kernels too, and nobody's name.
  if (user.length < LEAST_NAME || user === 'root') return said;
  const name = user.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return said.replace(new RegExp(`(?<![\\p{L}\\p{N}])${name}(?![\\p{L}\\p{N}])`, 'gu'), '<user>');
}

/** The same for every text in a value of JSON, names of fields as well. */
export function withoutPersonalIn(value: unknown, personal: Personal): unknown {
  if (typeof value === 'string') return withoutPersonal(value, personal);
  if (Array.isArray(value)) return value.map(each => withoutPersonalIn(each, personal));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [
    withoutPersonal(name, personal),
    withoutPersonalIn(each, personal),
  ]);
  return Object.fromEntries(entries);
}
