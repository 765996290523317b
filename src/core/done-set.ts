/** Which of many numbered things are done, at a bit each: all below `low`, and a bitmap from there. */

/** What there is to remember of a {@link DoneSet}. */
export interface DoneRecord {
  /** All below are done. */
  readonly low: number;
  /** None from here on is. */
  readonly high: number;
  /** The bits from `low`, rounded down to a multiple of 8, to `high`. */
  readonly bits: Uint8Array;
}

const FIRST_BYTES = 1024;

export class DoneSet {
  #low = 0;
  #high = 0;
  /** The number of the first bit, a multiple of 8. */
  #base = 0;
  #bits: Uint8Array = new Uint8Array(FIRST_BYTES);

  constructor(from?: DoneRecord) {
    if (!from) return;
    this.#low = from.low;
    this.#high = from.high;
    this.#base = from.low - (from.low % 8);
    this.#bits = new Uint8Array(Math.max(FIRST_BYTES, from.bits.length));
    this.#bits.set(from.bits);
  }

  /** All below are done. */
  get low(): number {
    return this.#low;
  }

  has(number: number): boolean {
    if (number < this.#low) return true;
    if (number >= this.#high) return false;
    const at = number - this.#base;
    return ((this.#bits[at >>> 3] as number) & (1 << (at & 7))) !== 0;
  }

  add(number: number): void {
    if (number < this.#low) return;
    const at = number - this.#base;
    if (at >>> 3 >= this.#bits.length) this.#grow(at >>> 3);
    this.#bits[at >>> 3] = (this.#bits[at >>> 3] as number) | (1 << (at & 7));
    if (number >= this.#high) this.#high = number + 1;
    if (number === this.#low) this.#advance();
  }

  record(): DoneRecord {
    const start = (this.#low - this.#base) >>> 3;
    const end = Math.max(start, (this.#high - this.#base + 7) >>> 3);
    return { low: this.#low, high: this.#high, bits: this.#bits.slice(start, end) };
  }

  #advance(): void {
    while (this.#low < this.#high) {
      const at = this.#low - this.#base;
      const byte = this.#bits[at >>> 3] as number;
      if (byte === 0xff) this.#low += 8 - (at & 7);
      else if ((byte & (1 << (at & 7))) !== 0) this.#low++;
      else break;
    }
    const behind = (this.#low - this.#base) >>> 3;
    // Moving the bits is put off until half of them are behind.
    if (behind * 2 >= this.#bits.length) this.#shift(behind);
  }

  #shift(bytes: number): void {
    this.#bits.copyWithin(0, bytes);
    this.#bits.fill(0, this.#bits.length - bytes);
    this.#base += bytes * 8;
  }

  #grow(byte: number): void {
    const larger = new Uint8Array(Math.max(this.#bits.length * 2, byte + 1));
    larger.set(this.#bits);
    this.#bits = larger;
  }
}
