/** Saves files in a thread: batches go out, and what became of each file comes back. */

import { Worker } from 'node:worker_threads';
import type { SavedItem, SaveFailure, SaveItem, SaverRequest } from './saver-messages.js';
import { SAVER, saveBatch } from './saver-worker.js';
import { temporaryPath } from './target-folder.js';

/** One message for each small file would cost more than the file. */
const MAX_BATCH = 64;
/** A message is copied: this bounds the copies. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** While the thread works on one batch, the next is there already. */
const MAX_BATCHES_OUT = 2;

interface Save {
  readonly item: SaveItem;
  readonly settle: (failure: SaveFailure | undefined) => void;
}

/** Without this process's own flags: a thread dies of some that the process was started with. */
const startThread = (): Worker =>
  new Worker(new URL('./saver-worker.js', import.meta.url), { workerData: SAVER, execArgv: [] });

export class Saver implements AsyncDisposable {
  readonly #folder: string;
  readonly #startThread: () => Worker;
  #lastId = 0;
  #waiting: Save[] = [];
  readonly #out = new Map<number, Save>();
  #batchesOut = 0;
  #isScheduled = false;
  #thread: Worker | undefined;
  #hasAnswered = false;
  /** No thread can be had: saves are done in this one. */
  #hasNoThread = false;
  #closing: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  /**
   * @param folder an absolute path, prepared
   * @param start what starts the thread
   */
  constructor(folder: string, start: () => Worker = startThread) {
    this.#folder = folder;
    this.#startThread = start;
  }

  /**
   * Saves under `path`, in the saver's folder; resolves when the file is there and whole, or with the
   * reason why it is not.
   */
  save(path: string, bytes: Uint8Array): Promise<SaveFailure | undefined> {
    if (this.#closing) return Promise.reject(new Error('The saver is closed'));
    return new Promise((settle) => {
      const temp = temporaryPath(this.#folder);
      const item = { id: ++this.#lastId, temp, path, bytes: owning(bytes) };
      this.#waiting.push({ item, settle });
      this.#schedule();
    });
  }

  /** Waits until everything is saved and the thread has ended. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (this.#waiting.length + this.#out.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    const thread = this.#thread;
    if (!thread) return;
    this.#thread = undefined;
    await new Promise((resolve) => {
      thread.ref();
      thread.once('exit', resolve);
      thread.postMessage('close' satisfies SaverRequest);
    });
  }

  /** What is saved in one turn of the event loop goes out together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      while (this.#waiting.length > 0 && this.#batchesOut < MAX_BATCHES_OUT) this.#send();
    });
  }

  #send(): void {
    const thread = this.#readyThread();
    const saves = this.#nextBatch();
    for (const save of saves) this.#out.set(save.item.id, save);
    this.#batchesOut += 1;
    const items = saves.map(({ item }) => item);
    if (thread) {
      thread.ref();
      thread.postMessage(items satisfies SaverRequest);
    } else {
      this.#onSaved(saveBatch(items));
    }
  }

  #nextBatch(): Save[] {
    let length = 0;
    for (let bytes = 0; length < Math.min(MAX_BATCH, this.#waiting.length); length++) {
      bytes += this.#waiting[length]!.item.bytes.length;
      if (length > 0 && bytes > MAX_BATCH_BYTES) break;
    }
    return this.#waiting.splice(0, length);
  }

  readonly #onSaved = (saved: readonly SavedItem[]): void => {
    this.#batchesOut -= 1;
    for (const { id, failure } of saved) {
      this.#out.get(id)?.settle(failure);
      this.#out.delete(id);
    }
    this.#rest();
  };

  #rest(): void {
    if (this.#waiting.length > 0) {
      this.#schedule();
    } else if (this.#out.size === 0) {
      // With nothing half done, the thread does not keep the process alive.
      this.#thread?.unref();
      this.#onIdle?.();
    }
  }

  #readyThread(): Worker | undefined {
    if (this.#thread || this.#hasNoThread) return this.#thread;
    try {
      const thread = this.#startThread();
      let error: Error | undefined;
      thread.on('message', (saved: readonly SavedItem[]) => {
        this.#hasAnswered = true;
        this.#onSaved(saved);
      });
      thread.on('error', (thrown) => {
        error = thrown as Error;
      });
      thread.on('exit', () => this.#onDeath(thread, error));
      this.#thread = thread;
      this.#hasAnswered = false;
    } catch (error) {
      this.#goWithout(error as Error);
    }
    return this.#thread;
  }

  /**
   * What the thread had is done again: by a new one, or here if this one never did anything. Every
   * thread that gets a successor has got some work done, so this comes to an end.
   */
  #onDeath(thread: Worker, error: Error | undefined): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#batchesOut = 0;
    if (!this.#hasAnswered) this.#goWithout(error);
    this.#waiting.unshift(...this.#out.values());
    this.#out.clear();
    this.#rest();
  }

  #goWithout(error: Error | undefined): void {
    this.#hasNoThread = true;
    const reason = error?.message ?? 'it ended at once';
    process.emitWarning(
      `flagprobe saves in the main thread: no other could be started (${reason})`,
    );
  }
}

/** A view of a larger buffer would be copied to the thread with all of that buffer. */
function owning(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
