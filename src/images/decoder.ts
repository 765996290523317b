/** Images to pixels, in a thread that can be stopped. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DECODER } from './decoder-worker.js';
import type { DecodeRequest, Picture } from './picture.js';

/** The largest drawable image takes a fraction of it, on a slow machine too. */
const DECODE_TIMEOUT_MS = 5000;

/**
 * Decodes one image after the other.
 *
 * @example
 * ```ts
 * const decoder = new ImageDecoder();
 * for (const bytes of images) console.log((await previewImage(bytes, { decoder }))?.join('\n'));
 * await decoder[Symbol.asyncDispose]();
 * ```
 */
export class ImageDecoder implements AsyncDisposable {
  readonly #timeoutMs: number;
  readonly #startThread: () => Worker;
  #thread: Worker | undefined;

  constructor(timeoutMs = DECODE_TIMEOUT_MS, start = startThread) {
    this.#timeoutMs = timeoutMs;
    this.#startThread = start;
  }

  /**
   * The first picture of a GIF, PNG or JPEG, made to fit. Undefined for other formats, for what is
   * damaged or has more than 8 million pixels, and for what takes too long.
   */
  async decode(request: DecodeRequest): Promise<Picture | undefined> {
    this.#thread ??= this.#startThread();
    const thread = this.#thread;
    const ended = new AbortController();
    const onExit = () => ended.abort();
    thread.once('exit', onExit);
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(this.#timeoutMs)]);
    thread.postMessage(request);
    try {
      const [picture] = await once(thread, 'message', { signal });
      return picture;
    } catch {
      // It loops, or has died: the next image gets a new thread.
      await this[Symbol.asyncDispose]();
      return undefined;
    } finally {
      thread.off('exit', onExit);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }
}

/** Its standard output is kept from ours: omggif writes warnings there. */
function startThread(): Worker {
  const thread = new Worker(new URL('./decoder-worker.js', import.meta.url), {
    workerData: { role: DECODER },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  thread.stdout.resume();
  thread.stderr.resume();
  return thread;
}
