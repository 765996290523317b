/**
 * One thread that saves for all runs of a file of tests. To start a thread for each takes three times as long as all
 * else that a small run does. What is said to it and what it does is the same: only its start is left out, which
 * test/storage/saver.test.ts and all tests of whole processes have.
 */

import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads, {
  MessageChannel,
  type MessagePort,
  type Transferable,
  Worker,
  type WorkerOptions,
} from 'node:worker_threads';
import { afterAll, beforeAll } from 'vitest';
import type { SaverData, SaverRequest } from '../../src/storage/saver-messages.js';
import { SAVER } from '../../src/storage/saver-worker.js';

const file = new URL('../../src/storage/saver-worker.js', import.meta.url);
/** What the thread of a saver does with its own port, with a port for each saver. */
const SCRIPT = `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(file)}).then(({ FolderWriter }) => {
    parentPort.on('message', ({ folder, port }) => {
      const writer = new FolderWriter(folder);
      port.on('message', (request) => {
        if (request !== 'close') return port.postMessage(writer.answer(request));
        writer.close();
        port.close();
      });
    });
  });`;

/** The import of it changes with what is put in its place. */
const RealWorker = Worker;
/** Stays for the files of tests that follow in this process. */
let thread: Worker | undefined;

/** What a saver sees of its thread. */
class PartOfThread extends EventEmitter {
  readonly #port: MessagePort;

  constructor(folder: string) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (reply) => this.emit('message', reply));
    port1.on('close', () => this.emit('exit', 0));
    if (!thread) {
      thread = new RealWorker(SCRIPT, { eval: true, execArgv: [] });
      thread.unref();
    }
    thread.postMessage({ folder, port: port2 }, [port2]);
  }

  postMessage(request: SaverRequest, transferred: readonly Transferable[] = []): void {
    this.#port.postMessage(request, transferred);
  }

  ref(): void {
    this.#port.ref();
  }

  unref(): void {
    this.#port.unref();
  }
}

/** Whoever starts a saver's thread gets a part of the one that is there. */
const shared = new Proxy(RealWorker, {
  construct(target, [script, options]: [URL, WorkerOptions?]) {
    const data: SaverData | undefined = options?.workerData;
    if (data?.role === SAVER) return new PartOfThread(data.folder);
    return new target(script, options);
  },
});

function replace(worker: typeof Worker): void {
  workerThreads.Worker = worker;
  syncBuiltinESMExports();
}

/** Lets the tests of a file, or of a `describe`, save in one thread. */
export function saveInOneThread(): void {
  beforeAll(() => replace(shared));
  afterAll(() => replace(RealWorker));
}
