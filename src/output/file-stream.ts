/** A file that is written in place, at once: the system keeps it in memory and is quick about it. */

import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/** Writes from a position on, as standard output does when it is a file; closes nothing. */
export class FileStream extends Writable {
  readonly #descriptor: number;
  #position: number;

  constructor(descriptor: number, position: number) {
    super({ decodeStrings: true });
    this.#descriptor = descriptor;
    this.#position = position;
  }

  override _write(
    bytes: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    try {
      // A disk that is nearly full takes a part, and says so only at the next call.
      for (let at = 0; at < bytes.length; ) {
        const written = writeSync(this.#descriptor, bytes, at, bytes.length - at, this.#position);
        at += written;
        this.#position += written;
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}
