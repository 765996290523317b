/**
 * What a run remembers of itself beside its output, so that it can be stopped in any way and go on.
 *
 * The snapshot says how much of the output counts and which inputs that answers. The output is
 * always ahead of it: what it has beyond is cut off, and asked again. So an older snapshot is always
 * still right, and no order of the two files on the disk has to be trusted but this one: output
 * first, snapshot after.
 */

import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { crc32 } from '../core/crc32.js';
import { DoneSet } from '../core/done-set.js';
import { RunError, systemReason } from '../core/run-error.js';
import { replaceFile, syncFolderOf } from '../storage/atomic-file.js';
import { encodeSnapshot, type Length, type Settings, type Snapshot } from './snapshot.js';

/** How far a run has come, beside what the journal counts itself. */
export type Progress = Pick<Snapshot, 'tally' | 'seconds' | 'finished'>;

/** How many inputs may be read beyond the oldest that is not done: a bitmap of 1 MB. */
const MAX_SPAN = 8_000_000;

export class Journal implements AsyncDisposable {
  readonly path: string;
  /** Which run it is: another one whenever the output was begun afresh. */
  readonly run: string;
  /** How far the run had come when it was opened; undefined for a new run. */
  readonly before: Progress | undefined;
  readonly #settings: Settings;
  readonly #release: () => Promise<void>;
  readonly #done: DoneSet;
  /** What the inputs must begin with. */
  readonly #expected: Snapshot['input'];
  #output: Length;
  #texts = 0;
  #textsCrc = 0;
  /** One more than the last input that was looked at. */
  #seen = 0;
  #moved: (() => void) | undefined;

  constructor(
    path: string,
    settings: Settings,
    before: Snapshot | undefined,
    release: () => Promise<void>,
  ) {
    this.path = path;
    this.run = before?.run ?? randomUUID();
    this.before = before;
    this.#settings = settings;
    this.#release = release;
    this.#expected = before?.input ?? { texts: 0, crc: 0 };
    this.#output = before?.output ?? { bytes: 0, crc: 0 };
    this.#done = new DoneSet(
      before && { ...before.done, bits: Buffer.from(before.done.bits, 'base64') },
    );
  }

  /** Remembers a run of which nothing is done yet, before the first byte of its output. */
  async start(): Promise<void> {
    await this.save(this.freeze({ tally: {}, seconds: 0, finished: false }));
    await wrap(this.path, emptyFile(this.path));
    await syncFolderOf(this.path);
  }

  /** Bytes of output so far. */
  get bytes(): number {
    return this.#output.bytes;
  }

  /** Whether an input is done; the inputs are asked about in their order. */
  readonly isDone = (number: number): boolean => {
    if (number >= this.#seen) this.#seen = number + 1;
    return this.#done.has(number);
  };

  /** How many inputs were read when the snapshot was made that the run goes on from. */
  get textsBefore(): number {
    return this.#expected.texts;
  }

  /** The inputs have proved to be those of the run so far: results may be written. */
  get isVerified(): boolean {
    return this.#texts >= this.#expected.texts;
  }

  /**
   * Passes the inputs on, and checks that they begin like those of the run so far. Throws a
   * {@link RunError} if they do not. Waits while one input holds up too many behind it.
   */
  async *watch(
    lists: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
  ): AsyncGenerator<readonly string[], void, undefined> {
    for await (const list of lists) {
      while (this.#seen - this.#done.low > MAX_SPAN) {
        await new Promise<void>((resolve) => {
          this.#moved = resolve;
        });
      }
      this.#read(list);
      yield list;
    }
    if (!this.isVerified) throw this.#otherInput();
  }

  #read(list: readonly string[]): void {
    const left = this.#expected.texts - this.#texts;
    if (left > 0 && left < list.length) {
      this.#read(list.slice(0, left));
      this.#read(list.slice(left));
      return;
    }
    if (list.length === 0) return;
    this.#textsCrc = crc32(`${list.join('\n')}\n`, this.#textsCrc);
    this.#texts += list.length;
    if (left === list.length && this.#textsCrc !== this.#expected.crc) throw this.#otherInput();
  }

  #otherInput(): RunError {
    return new RunError(
      `the input is not what \`${this.path}\` was begun with: its first ${this.#expected.texts} lines must be the same`,
    );
  }

  /** An input is done: in the same step its line, if it has one, goes to the output. */
  done(number: number): void {
    this.#done.add(number);
  }

  /** Counts bytes that go to the output. */
  wrote(bytes: Uint8Array): void {
    this.#output = {
      bytes: this.#output.bytes + bytes.length,
      crc: crc32(bytes, this.#output.crc),
    };
    this.#moved?.();
    this.#moved = undefined;
  }

  /** All that counts at this moment, as the text of a snapshot. */
  freeze(progress: Progress): string {
    const { low, high, bits } = this.#done.record();
    return encodeSnapshot({
      run: this.run,
      settings: this.#settings,
      output: this.#output,
      input: { texts: this.#texts, crc: this.#textsCrc },
      done: { low, high, bits: Buffer.from(bits).toString('base64') },
      ...progress,
    });
  }

  /** Puts a snapshot on the disk. All the output that it counts must be there already. */
  async save(snapshot: string): Promise<void> {
    const path = `${this.path}.resume`;
    await wrap(path, replaceFile(path, snapshot));
  }

  /** Gives the output free for other processes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#release();
  }
}

export function emptyFile(path: string): Promise<void> {
  return writeFile(path, '');
}

export function cannotWrite(path: string, error: unknown): RunError {
  return new RunError(`cannot write \`${path}\`: ${systemReason(error)}`);
}

/** What the system refuses becomes a {@link RunError} that names the file. */
export async function wrap<V>(path: string, work: Promise<V>): Promise<V> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof RunError ? error : cannotWrite(path, error);
  }
}
