export const SOFTWARE_SWITCHES: readonly (readonly [name: string, value: string])[];
