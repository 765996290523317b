/** A file that is written in place, while the program goes on. */

import { write } from 'node:fs';
import { Writable } from 'node:stream';

/** Bytes that may wait for the disk before the writer is told to. */
const MAX_WAITING = 1024 * 1024;

/** Writes from a position on, as standard output does when it is a file; closes nothing. */
export class FileStream extends Writable {
  readonly #descriptor: number;
  #position: number;

  constructor(descriptor: number, position: number) {
    super({ decodeStrings: true, highWaterMark: MAX_WAITING });
    this.#descriptor = descriptor;
    this.#position = position;
  }

  override _write(
    bytes: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    // A disk that is nearly full takes a part, and says so only at the next call.
    const goOn = (at: number): void => {
      write(this.#descriptor, bytes, at, bytes.length - at, this.#position, (error, written) => {
        this.#position += written;
        if (error || at + written === bytes.length) done(error);
        else goOn(at + written);
      });
    };
    goOn(0);
  }
}
