export const ROOT: string;
export const DIST: string;
export const LAB_BUNDLE: string;
export const WINDOW_DIR: string;
export const ELECTRON_MAIN: string;
export const SCENARIOS: string;
