/**
 * One direction of a TCP connection over a path that loses segments: a congestion window as Reno's
 * (RFC 5681), retransmissions, and delivery in order. The loopback has neither.
 */

const SEGMENT = 1448;
const FIRST_WINDOW = 10;
const LEAST_WINDOW = 2;
/** Milliseconds, the least retransmission time-out of Linux. */
const LEAST_RTO = 200;
/** Segments that must follow a lost one for a fast retransmission. */
const FAST_RETRANSMIT = 3;

export class TcpPath {
  #window = FIRST_WINDOW;
  #threshold = Number.POSITIVE_INFINITY;
  /** When the window lets the next segment go. */
  #free = 0;
  /** When the last segment so far goes out, and the bytes that still fit into it. */
  #leaves = 0;
  #left = 0;
  /** When it is delivered. */
  #delivered = 0;
  #rtt;
  #loss;

  /**
   * @param {number} rtt milliseconds
   * @param {number} loss the share of segments that are lost
   */
  constructor(rtt, loss) {
    this.#rtt = Math.max(rtt, 0.1);
    this.#loss = loss;
  }

  /**
   * Milliseconds by which bytes that are written now come later than over a perfect path.
   * @param {number} now
   * @param {number} bytes
   */
  delay(now, bytes) {
    // What waits for the window is joined, as a kernel does: small writes need no segment each.
    let left = this.#leaves > now ? bytes - this.#left : bytes;
    for (; left > 0; left -= SEGMENT) this.#send(now);
    this.#left = -left;
    return this.#delivered - now;
  }

  /** @param {number} now */
  #send(now) {
    // As many segments as the window has may go at once, and as many each round trip.
    this.#free = Math.max(this.#free, now - this.#rtt) + this.#rtt / this.#window;
    this.#leaves = Math.max(now, this.#free);
    let at = this.#leaves;
    if (Math.random() < this.#loss) {
      this.#threshold = Math.max(LEAST_WINDOW, this.#window / 2);
      this.#window = this.#threshold;
      const isFollowed =
        this.#free > now - this.#rtt + (FAST_RETRANSMIT * this.#rtt) / this.#window;
      at += isFollowed ? this.#rtt : LEAST_RTO + this.#rtt;
    } else {
      this.#window += this.#window < this.#threshold ? 1 : 1 / this.#window;
    }
    this.#delivered = Math.max(this.#delivered, at, now);
  }
}
