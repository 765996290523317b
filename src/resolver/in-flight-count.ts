/** How many attempts count in the windows of all channels together. */

export class InFlightCount {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(): void {
    this.#count++;
  }

  remove(): void {
    this.#count--;
  }
}
