export interface Served {
  readonly url: string;
  readonly port: number;
  /** Where a page finds the file that was given. */
  readonly fileAddress: string | undefined;
  close(): Promise<void>;
}
/** Serve a folder on loopback. @param port 0 takes any free one @param file one file from elsewhere */
export function serveFolder(folder: string, port?: number, file?: string): Promise<Served>;
