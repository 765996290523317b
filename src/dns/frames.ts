/** Messages out of a byte stream: each has its length before it in two bytes (RFC 1035, 4.2.2). */

type OnFrame = (bytes: Uint8Array, start: number, end: number) => void;

const NOTHING = Buffer.alloc(0);

export class FrameReader {
  /** A copy of the begin of a frame whose end has not come yet; never more than 65,537 bytes. */
  #rest: Buffer = NOTHING;

  /**
   * Calls `onFrame` for each whole frame, in place: the bytes are only good during the call. The chunk
   * may be overwritten afterwards.
   */
  push(chunk: Buffer, onFrame: OnFrame): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + 2 <= bytes.length) {
      const end = at + 2 + bytes.readUInt16BE(at);
      if (end > bytes.length) break;
      onFrame(bytes, at + 2, end);
      at = end;
    }
    this.#rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
  }
}
