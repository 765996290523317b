/** Messages out of a byte stream: each has its length before it in two bytes (RFC 1035, 4.2.2). */

type OnFrame = (bytes: Uint8Array, start: number, end: number) => void;

const FIRST_CAPACITY = 1024;

export class FrameReader {
  /**
   * The begin of a frame whose end has not come yet, in a buffer that doubles: a sender may give a
   * frame byte by byte, and what is there must not be copied each time.
   */
  #rest: Buffer = Buffer.alloc(0);
  #length = 0;

  /**
   * Calls `onFrame` for each whole frame, in place: the bytes are only good during the call. The chunk
   * may be overwritten afterwards.
   */
  push(chunk: Buffer, onFrame: OnFrame): void {
    if (this.#length === 0) {
      this.#append(chunk.subarray(readFrames(chunk, onFrame)));
      return;
    }
    this.#append(chunk);
    const bytes = this.#rest.subarray(0, this.#length);
    const end = readFrames(bytes, onFrame);
    if (end === 0) return;
    this.#rest = Buffer.from(bytes.subarray(end));
    this.#length = this.#rest.length;
  }

  #append(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > this.#rest.length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, this.#rest.length * 2, length));
      this.#rest.copy(larger, 0, 0, this.#length);
      this.#rest = larger;
    }
    bytes.copy(this.#rest, this.#length);
    this.#length = length;
  }
}

/** Calls `onFrame` for each whole frame and gives the offset behind the last. */
function readFrames(bytes: Buffer, onFrame: OnFrame): number {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) break;
    onFrame(bytes, at + 2, end);
    at = end;
  }
  return at;
}
