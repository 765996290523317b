/** Interim answers (RFC 9110, 15.2) before the one that counts. */

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Where the status ends in `HTTP/1.1 100`. */
const STATUS_END = 12;

/**
 * Turns each `100 Continue` of an answer into a 102. A client must be able to read either where it asked
 * for neither; undici passes over a 102 and ends the connection at a 100.
 */
export class ContinueFilter {
  /** Bytes of the present head. */
  #at = 0;
  #status = 0;
  /** Bytes of the present line of a head. */
  #lineLength = 0;
  #isOver = true;

  /** The next bytes are the first of an answer. */
  begin(): void {
    this.#at = 0;
    this.#status = 0;
    this.#isOver = false;
  }

  /** Looks at bytes that have arrived, and changes them in place. */
  apply(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && !this.#isOver; i++) {
      const byte = bytes[i] as number;
      if (this.#at < STATUS_END) {
        this.#at++;
        if (this.#at > STATUS_END - 3) this.#status = this.#status * 10 + byte - 48;
        if (this.#at < STATUS_END) continue;
        if (this.#status === 100) bytes[i] = 48 + 2;
        this.#isOver = this.#status < 100 || this.#status >= 200;
        this.#lineLength = STATUS_END;
      } else if (byte !== LINE_FEED) {
        if (byte !== CARRIAGE_RETURN) this.#lineLength++;
      } else if (this.#lineLength === 0) {
        this.begin();
      } else {
        this.#lineLength = 0;
      }
    }
  }
}
