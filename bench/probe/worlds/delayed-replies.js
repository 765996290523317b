/**
 * Replies that wait for their time: a wheel with a slot for each millisecond, and memory that is
 * reserved once. A timer and a buffer for each of 30,000 replies a second would cost more than they do.
 */

/** The longest message that is kept. */
export const ROOM = 192;
const CAPACITY = 1 << 18;
/** Milliseconds; a power of two. What is later than that comes after that. */
const SLOTS = 1 << 14;
const NONE = -1;

/**
 * @typedef {object} Target where a reply goes
 * @property {(bytes: Buffer, start: number, end: number, client: Client) => void} reply
 *
 * @typedef {{ port: number, address: string }} Client
 */

export class DelayedReplies {
  /** Where the messages are; each has {@link ROOM}. @readonly */
  bytes = Buffer.alloc(CAPACITY * ROOM);
  waiting = 0;
  /** Milliseconds by which the latest reply left late. */
  latest = 0;
  /** Replies for which there was no memory. */
  lost = 0;
  #lengths = new Uint8Array(CAPACITY);
  #ports = new Uint16Array(CAPACITY);
  /** @type {(Target | undefined)[]} */
  #targets = new Array(CAPACITY).fill(undefined);
  /** @type {string[]} */
  #hosts = new Array(CAPACITY).fill('');
  /** One object for all: it is read before the next reply goes. */
  #client = { port: 0, address: '' };
  #next = new Int32Array(CAPACITY);
  #first = new Int32Array(SLOTS).fill(NONE);
  #last = new Int32Array(SLOTS).fill(NONE);
  #free = 0;
  #done = 0;

  constructor() {
    for (let entry = 0; entry < CAPACITY; entry++) this.#next[entry] = entry + 1;
    this.#next[CAPACITY - 1] = NONE;
  }

  /** An entry, to be given to {@link schedule}; -1 if there is no memory. */
  take() {
    const entry = this.#free;
    if (entry === NONE) this.lost++;
    else this.#free = /** @type {number} */ (this.#next[entry]);
    return entry;
  }

  /** @param {number} entry */
  release(entry) {
    this.#next[entry] = this.#free;
    this.#free = entry;
  }

  /**
   * @param {number} entry whose message is at `entry * ROOM`
   * @param {number} length of the message
   * @param {number} due milliseconds
   * @param {{ target: Target, client: Client }} to
   */
  schedule(entry, length, due, { target, client }) {
    this.#lengths[entry] = length;
    this.#ports[entry] = client.port;
    this.#hosts[entry] = client.address;
    this.#targets[entry] = target;
    this.#next[entry] = NONE;
    // Not into a slot that has been emptied already, nor once round the wheel.
    const at = Math.min(Math.max(Math.ceil(due), this.#done + 1), this.#done + SLOTS - 1);
    const slot = at & (SLOTS - 1);
    const last = /** @type {number} */ (this.#last[slot]);
    if (last === NONE) this.#first[slot] = entry;
    else this.#next[last] = entry;
    this.#last[slot] = entry;
    this.waiting++;
  }

  /** Sends what is due. @param {number} now milliseconds */
  tick(now) {
    const until = Math.floor(now);
    if (this.waiting === 0) this.#done = until;
    while (this.#done < until) {
      this.#done++;
      this.#send(this.#done & (SLOTS - 1), now - this.#done);
    }
  }

  /** @param {number} slot @param {number} late milliseconds */
  #send(slot, late) {
    let entry = /** @type {number} */ (this.#first[slot]);
    if (entry === NONE) return;
    if (late > this.latest) this.latest = late;
    this.#first[slot] = NONE;
    this.#last[slot] = NONE;
    while (entry !== NONE) {
      const next = /** @type {number} */ (this.#next[entry]);
      const start = entry * ROOM;
      this.#client.port = /** @type {number} */ (this.#ports[entry]);
      this.#client.address = /** @type {string} */ (this.#hosts[entry]);
      const end = start + /** @type {number} */ (this.#lengths[entry]);
      this.#targets[entry]?.reply(this.bytes, start, end, this.#client);
      this.#targets[entry] = undefined;
      this.release(entry);
      this.waiting--;
      entry = next;
    }
  }
}
