/**
 * The fuses of the packaged app, the only table of them: what Electron's binary must not do in a package, whatever its
 * command line or environment says.
 *
 * Names  as electron-builder writes them; FUSE_BITS gives the position in the binary's fuse wire
 */
export const FUSES = Object.freeze({
  /** ELECTRON_RUN_AS_NODE would make the app a Node that anybody may use. */
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  /** app.asar must have the hash that is written into the binary (macOS, Windows). */
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  /** The app is served from app://; file: needs nothing special. */
  grantFileProtocolExtraPrivileges: false,
});

/** Position of each fuse in the wire. */
export const FUSE_BITS = Object.freeze({
  runAsNode: 0,
  enableCookieEncryption: 1,
  enableNodeOptionsEnvironmentVariable: 2,
  enableNodeCliInspectArguments: 3,
  enableEmbeddedAsarIntegrityValidation: 4,
  onlyLoadAppFromAsar: 5,
  loadBrowserProcessSpecificV8Snapshot: 6,
  grantFileProtocolExtraPrivileges: 7,
});
