/** The entries of core/public/call_reference.json as they follow from the comments above the calls. */
export function readCallReference(): readonly object[];
