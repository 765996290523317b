/** Saves files in a thread: batches go out, and what became of each file comes back. */

import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { SaveFailure, SaverData, SaverReply, SaverRequest } from './saver-messages.js';
import { FolderWriter, SAVER } from './saver-worker.js';

/** One message for each small file would cost more than the file. */
const MAX_BATCH = 64;
/** Milliseconds in which what is to be saved is gathered for one message. */
const GATHER_MS = 4;
/** What is sent is copied together first: this bounds the copy. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** What is to be saved while the thread works on one batch is the next: the busier, the larger. */
const MAX_BATCHES_OUT = 1;

/** One file, or only a record. */
export interface Save {
  /** The file's name in the folder; empty where there is only a record to be written. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Its line in the manifest as far as it is known. */
  readonly record: string;
  /**
   * Told when it is on the disk under its name and in the manifest, or why it is not.
   *
   * @param offset the place of its record in the manifest
   */
  readonly settle: (failure?: SaveFailure, offset?: number) => void;
}

/** A file that should be there. */
export interface Check {
  readonly name: string;
  readonly size: number;
  /** SHA-256 in hexadecimal digits; empty where it is not known. */
  readonly sha256: string;
  readonly settle: (holds: boolean) => void;
}

/** What went to the thread and is not answered. */
type Batch =
  | { readonly kind: 'save'; readonly saves: readonly Save[] }
  | { readonly kind: 'check'; readonly checks: readonly Check[] };

/** Without this process's own flags: a thread dies of some that the process was started with. */
const startThread = (folder: string): Worker =>
  new Worker(threadFile(), {
    workerData: { role: SAVER, folder } satisfies SaverData,
    execArgv: [],
  });

/** Beside a bundle that this file has become part of there may be none: then that of the package. */
function threadFile(): URL {
  const beside = new URL('./saver-worker.js', import.meta.url);
  return existsSync(beside) ? beside : new URL(import.meta.resolve('flagprobe/saver-worker'));
}

export class Saver implements AsyncDisposable {
  readonly #folder: string;
  readonly #startThread: (folder: string) => Worker;
  #saves: Save[] = [];
  #checks: Check[] = [];
  /** The thread answers in the order in which it was asked. */
  #out: Batch[] = [];
  #isScheduled = false;
  #thread: Worker | undefined;
  #hasAnswered = false;
  /** No thread can be had: saves are done in this one. */
  #ownWriter: FolderWriter | undefined;
  #closing: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  /**
   * @param folder an absolute path, prepared
   * @param start what starts the thread
   */
  constructor(folder: string, start: (folder: string) => Worker = startThread) {
    this.#folder = folder;
    this.#startThread = start;
  }

  /** Starts the thread before there is anything to save: that takes longer than to fetch a file. */
  start(): void {
    this.#readyThread()?.unref();
  }

  save(save: Save): void {
    if (this.#closing) throw new Error('The saver is closed');
    this.#saves.push(save);
    this.#schedule();
  }

  check(check: Check): void {
    if (this.#closing) throw new Error('The saver is closed');
    this.#checks.push(check);
    this.#schedule();
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
    if (this.#hasWaiting || this.#out.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#ownWriter?.close();
    const thread = this.#thread;
    if (!thread) return;
    this.#thread = undefined;
    await new Promise((resolve) => {
      thread.ref();
      thread.once('exit', resolve);
      thread.postMessage('close' satisfies SaverRequest);
    });
  }

  get #hasWaiting(): boolean {
    return this.#saves.length + this.#checks.length > 0;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => {
      this.#isScheduled = false;
      while (this.#hasWaiting && this.#out.length < MAX_BATCHES_OUT) this.#send();
    }, GATHER_MS);
  }

  #send(): void {
    const batch = this.#nextBatch();
    const thread = this.#readyThread();
    this.#out.push(batch);
    const request = requestOf(batch);
    if (!thread) {
      this.#onReply(this.#ownWriter!.answer(request));
      return;
    }
    thread.ref();
    const transferred = request.kind === 'save' ? [request.bytes.buffer as ArrayBuffer] : [];
    thread.postMessage(request satisfies SaverRequest, transferred);
  }

  #nextBatch(): Batch {
    if (this.#checks.length > 0) {
      return { kind: 'check', checks: this.#checks.splice(0, MAX_BATCH) };
    }
    let length = 0;
    for (let bytes = 0; length < Math.min(MAX_BATCH, this.#saves.length); length++) {
      bytes += this.#saves[length]!.bytes.length;
      if (length > 0 && bytes > MAX_BATCH_BYTES) break;
    }
    return { kind: 'save', saves: this.#saves.splice(0, length) };
  }

  readonly #onReply = (reply: SaverReply): void => {
    const batch = this.#out.shift();
    if (batch?.kind === 'save' && reply.kind === 'saved') {
      const failures = new Map(reply.failures);
      batch.saves.forEach(({ settle }, i) => {
        const failure = failures.get(i);
        settle(failure, failure ? undefined : reply.offsets[i]);
      });
    } else if (batch?.kind === 'check' && reply.kind === 'checked') {
      batch.checks.forEach(({ settle }, i) => {
        settle(reply.holds[i] === true);
      });
    }
    this.#rest();
  };

  #rest(): void {
    if (this.#hasWaiting) {
      this.#schedule();
    } else if (this.#out.length === 0) {
      // With nothing half done, the thread does not keep the process alive.
      this.#thread?.unref();
      this.#onIdle?.();
    }
  }

  #readyThread(): Worker | undefined {
    if (this.#thread || this.#ownWriter) return this.#thread;
    try {
      const thread = this.#startThread(this.#folder);
      let error: Error | undefined;
      thread.on('message', (reply: SaverReply) => {
        this.#hasAnswered = true;
        this.#onReply(reply);
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
    if (!this.#hasAnswered) this.#goWithout(error);
    const out = this.#out;
    this.#out = [];
    for (const batch of out.reverse()) {
      if (batch.kind === 'save') this.#saves.unshift(...batch.saves);
      else this.#checks.unshift(...batch.checks);
    }
    this.#rest();
  }

  #goWithout(error: Error | undefined): void {
    this.#ownWriter = new FolderWriter(this.#folder);
    const reason = error?.message ?? 'it ended at once';
    process.emitWarning(
      `flagprobe saves in the main thread: no other could be started (${reason})`,
    );
  }
}

function requestOf(batch: Batch): Exclude<SaverRequest, 'close'> {
  if (batch.kind === 'check') {
    const { checks } = batch;
    return {
      kind: 'check',
      names: checks.map(({ name }) => name),
      sizes: checks.map(({ size }) => size),
      hashes: checks.map(({ sha256 }) => sha256),
    };
  }
  const { saves } = batch;
  return {
    kind: 'save',
    bytes: together(saves),
    names: saves.map(({ name }) => name).join('/'),
    sizes: Uint32Array.from(saves, ({ bytes }) => bytes.length),
    records: saves.map(({ record }) => record).join('\n'),
  };
}

/** All bytes one after the other, in memory of their own: only that can be handed over to a thread. */
function together(saves: readonly Save[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(saves.reduce((sum, save) => sum + save.bytes.length, 0));
  let at = 0;
  for (const save of saves) {
    bytes.set(save.bytes, at);
    at += save.bytes.length;
  }
  return bytes;
}
