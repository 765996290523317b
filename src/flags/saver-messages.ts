/** What the saver and its thread say to each other. */

/** One file to be written. */
export interface SaveItem {
  readonly id: number;
  /** Where it is written; in the same folder as `path`, so that the rename is one step. */
  readonly temp: string;
  /** What it is called when it is whole. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** To the thread; `close` ends it when everything before was done. */
export type SaverRequest = readonly SaveItem[] | 'close';

/** Why a file could not be saved. */
export interface SaveFailure {
  /** The system's code: `ENOSPC`, `EACCES`, … */
  readonly code: `E${string}`;
  readonly message: string;
}

/** One file that was renamed, or failed. */
export interface SavedItem {
  readonly id: number;
  readonly failure?: SaveFailure;
}
