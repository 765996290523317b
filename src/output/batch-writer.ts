/** Text to a stream in large pieces, none of them later than {@link FLUSH_DELAY_MS}. */

import type { Writable } from 'node:stream';

/** Characters that are collected before they are written. */
const BATCH_CHARS = 65_536;
/** How long a smaller piece waits for more: a live reader must not notice. */
const FLUSH_DELAY_MS = 50;

export class Writer implements AsyncDisposable {
  readonly #stream: Writable;
  readonly #around: (write: () => void) => void;
  readonly #failed: (error: Error) => void;
  readonly #encode: (text: string) => string | Uint8Array;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #drained: Promise<void> | undefined;
  #onDrain: (() => void) | undefined;
  /** Pieces given to the stream, and those of them that it is done with. */
  #given = 0;
  #taken = 0;
  readonly #waiting: { readonly piece: number; readonly resolve: () => void }[] = [];
  #error: Error | undefined;

  /**
   * @param failed is called once when the stream breaks
   * @param around runs each write, so that a progress bar on the same terminal can be erased meanwhile
   * @param encode gives what is written for a text; called once for each piece, in their order
   */
  constructor(
    stream: Writable,
    failed: (error: Error) => void = () => {},
    around: (write: () => void) => void = (write) => write(),
    encode: (text: string) => string | Uint8Array = (text) => text,
  ) {
    this.#encode = encode;
    this.#stream = stream;
    this.#failed = failed;
    this.#around = around;
    stream.on('error', this.#onError);
    stream.on('drain', this.#resume);
  }

  /** While the stream has no room: resolves when it has. */
  get drained(): Promise<void> | undefined {
    return this.#drained;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= BATCH_CHARS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_DELAY_MS);
  }

  /**
   * Writes all there is and waits until the system has it; what is written meanwhile is not waited
   * for. Throws what the stream threw.
   */
  async finish(): Promise<void> {
    this.#flush();
    if (this.#taken < this.#given && !this.#error) {
      await new Promise<void>((resolve) => {
        this.#waiting.push({ piece: this.#given, resolve });
      });
    }
    if (this.#error) throw this.#error;
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    return this.finish().catch(() => {});
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    if (text === '' || this.#error) return;
    this.#text = '';
    this.#given++;
    const piece = this.#encode(text);
    this.#around(() => {
      const isRoom = this.#stream.write(piece, this.#onWritten);
      if (isRoom || this.#drained) return;
      this.#drained = new Promise((resolve) => {
        this.#onDrain = resolve;
      });
    });
  }

  readonly #resume = (): void => {
    this.#drained = undefined;
    this.#onDrain?.();
  };

  readonly #onWritten = (error: Error | null | undefined): void => {
    this.#taken++;
    if (error) this.#onError(error);
    this.#release(this.#taken);
  };

  /** Resolves the waits for this piece and for earlier ones. */
  #release(piece: number): void {
    while ((this.#waiting[0]?.piece ?? Number.POSITIVE_INFINITY) <= piece) {
      this.#waiting.shift()?.resolve();
    }
  }

  readonly #onError = (error: Error): void => {
    if (this.#error) return;
    this.#error = error;
    this.#release(this.#given);
    this.#resume();
    this.#failed(error);
  };
}
