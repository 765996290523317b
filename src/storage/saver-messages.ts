/** What the saver and its thread say to each other. */

/** What a thread is started with. */
export interface SaverData {
  readonly role: string;
  /** The absolute path of the folder. */
  readonly folder: string;
}

/**
 * Files to be written, and lines for the manifest: a few large values, because a list of objects takes
 * a thread several times as long to receive.
 */
export interface SaveBatch {
  readonly kind: 'save';
  /** The bytes of all files, one after the other. */
  readonly bytes: Uint8Array;
  /** What each is called, with a `/` between two; empty where there is only a record to be written. */
  readonly names: string;
  /** Bytes of each. */
  readonly sizes: Uint32Array;
  /** The line of each in the manifest as far as it is known, with a line feed between two. */
  readonly records: string;
}

/** Files that should be there; the answer says which are, and whole. */
export interface CheckBatch {
  readonly kind: 'check';
  readonly names: readonly string[];
  readonly sizes: readonly number[];
  /** SHA-256 in hexadecimal digits; empty where it is not known. */
  readonly hashes: readonly string[];
}

/** To the thread; `close` ends it when everything before was done. */
export type SaverRequest = SaveBatch | CheckBatch | 'close';

/** Why a file could not be saved. */
export interface SaveFailure {
  /** The system's code: `ENOSPC`, `EACCES`, … */
  readonly code: `E${string}`;
  readonly message: string;
}

/** One for each request, in their order. */
export type SaverReply =
  /** By place in the batch; the others are saved, and their records written. */
  | {
      readonly kind: 'saved';
      readonly failures: readonly (readonly [number, SaveFailure])[];
      /** Of each, the place of its record in the manifest; of no meaning where it failed. */
      readonly offsets: Float64Array;
    }
  | { readonly kind: 'checked'; readonly holds: readonly boolean[] };

/** What a full, broken or read-only disk says: no other file can be saved there either. */
const DISK_FAILURES = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** Whether a failure is the disk's and not the file's, so that the run had better stop. */
export function isDiskFailure({ code }: SaveFailure): boolean {
  return DISK_FAILURES.has(code);
}
