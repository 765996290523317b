/** The bytes of a body, put together as they come. */

/** Bytes that are made room for where nobody says how many will come. */
const FIRST = 16_384;

export class Gathering {
  #bytes: Buffer | undefined;
  #promised: number;
  size = 0;

  /** @param promised bytes that will come; 0 if nobody knows */
  constructor(promised: number) {
    this.#promised = promised;
  }

  /** Copies bytes `from` to `to`: their buffer is about to be read into again. */
  add(bytes: Buffer, from: number, to: number): void {
    const size = this.size + to - from;
    bytes.copy(this.#withRoomFor(size), this.size, from, to);
    this.size = size;
  }

  get bytes(): Buffer {
    return this.#withRoomFor(this.size).subarray(0, this.size);
  }

  #withRoomFor(size: number): Buffer {
    const before = this.#bytes;
    if (before && before.length >= size) return before;
    const room = this.#promised || Math.max(FIRST, 2 * size);
    // Of its own: a buffer that is shared with others lives as long as the slowest of them.
    const bytes = Buffer.allocUnsafeSlow(Math.max(size, room));
    if (before) before.copy(bytes, 0, 0, this.size);
    this.#bytes = bytes;
    return bytes;
  }
}
