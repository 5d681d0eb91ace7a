/// <reference types="vite/client" />
/** Version of the app, from package.json, put in by the build. */
declare const __GART_LAB_VERSION__: string;
