/** Types of wgsl_lint.mjs, for its test. */
export function lintWgsl(source: string, shared?: ReadonlySet<string>): { line: number; message: string }[];
export function looksLikeWgsl(text: string): boolean;
