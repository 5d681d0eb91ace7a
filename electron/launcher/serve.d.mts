export interface Served {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}
/** Serve a folder on loopback. @param port 0 takes any free one */
export function serveFolder(folder: string, port?: number): Promise<Served>;
