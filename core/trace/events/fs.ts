/** Tracepoints of fs/: files that open and close for good. */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './mm.ts';

/** A file was opened; `inode` and `dev` name its inode, `mappingId` its address space. */
export const FILE_OPEN = declareEvent('lab_fs:file_open', ['fileId', 'dev', 'inode', 'mappingId']);

/** A descriptor was closed; `refs` references of the file are left. */
export const FILE_CLOSE = declareEvent('lab_fs:file_close', ['fileId', 'refs']);
