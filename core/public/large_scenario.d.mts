/** The text of a scenario with very many objects and events, for measuring; see large_scenario.mjs. */
export function largeScenario(objects?: number, rounds?: number): string;
