/** Whether each fuse is on in a package. */
export const FUSES: Readonly<Record<string, boolean>>;
/** Position of each fuse in the wire. */
export const FUSE_BITS: Readonly<Record<string, number>>;
