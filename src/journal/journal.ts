/**
 * The journal of a run, beside its output, from which a run that was stopped in any way is resumed.
 *
 * A snapshot says how many bytes of the output count, and which inputs they answer. The output is
 * always ahead of the snapshot: bytes beyond it are cut off and their inputs asked again. So an older
 * snapshot is never wrong, and one order of writes matters: output first, snapshot after.
 */

import { randomUUID } from 'node:crypto';
import { stat, truncate, writeFile } from 'node:fs/promises';
import { crc32 } from '../core/crc32.js';
import { DoneSet } from '../core/done-set.js';
import { RunError, systemReason } from '../core/run-error.js';
import { replaceFile, syncFolderOf } from '../storage/atomic-file.js';
import {
  type CapMark,
  encodeSnapshot,
  type Length,
  type OutsideSeen,
  type Place,
  type Settings,
  type Snapshot,
} from './snapshot.js';

export interface JournalOptions {
  /** The output. The journal is beside it, with `.resume` behind its name. */
  readonly path: string;
  readonly settings: Settings;
  /** Resume the run that wrote the output. */
  readonly resume: boolean;
  /** Discard the results of an unfinished run. */
  readonly force: boolean;
  /** How many names a registry may be asked about; names over it are asked in a resumed run with more. */
  readonly rdapMax?: number | undefined;
}

/** The parts of a snapshot that the journal does not count itself. */
export type RunProgress = Pick<Snapshot, 'tally' | 'seconds' | 'finished'>;

/** How far reading may be ahead of the oldest input that is not done: a bitmap of 1 MB. */
const MAX_SPAN = 8_000_000;

export class Journal implements AsyncDisposable {
  readonly path: string;
  /** The id of the run: a new one whenever the output is started afresh. */
  readonly run: string;
  /** The progress that the run is resumed from; undefined for a new run. */
  readonly before: RunProgress | undefined;
  /** What the resolvers said of the outside, in earlier parts too. */
  outside: OutsideSeen | undefined;
  /** What is kept of the run if it is gone on with before it is finished; all if it is undefined. */
  proved: Place | undefined;
  #saved: Place | undefined;
  readonly #settings: Settings;
  readonly #release: () => Promise<void>;
  /** `--rdap-max` of this run. */
  readonly #max: number;
  #cap: CapMark | undefined;
  readonly #done: DoneSet;
  /** What the inputs must begin with, to be those of the resumed run. */
  readonly #expected: Snapshot['input'];
  #output: Length;
  #isVerified: boolean;
  #isCut = false;
  #texts = 0;
  #textsCrc = 0;
  /** One more than the last input that was asked about. */
  #seen = 0;
  #moved: (() => void) | undefined;

  constructor(
    { path, settings, rdapMax = 0 }: Pick<JournalOptions, 'path' | 'settings' | 'rdapMax'>,
    before: Snapshot | undefined,
    release: () => Promise<void>,
  ) {
    this.path = path;
    this.#max = rdapMax;
    this.#cap = before?.cap;
    this.run = before?.run ?? randomUUID();
    this.before = before;
    this.outside = before?.outside;
    this.proved = before?.proved;
    this.#saved = before;
    this.#settings = settings;
    this.#release = release;
    this.#expected = before?.input ?? { texts: 0, crc: 0 };
    this.#isVerified = this.#expected.texts === 0;
    this.#output = before?.output ?? { bytes: 0, crc: 0 };
    this.#done = new DoneSet(
      before && { ...before.done, bits: Buffer.from(before.done.bits, 'base64') },
    );
  }

  /** Saves a run of which nothing is done yet, before the first byte of its output. */
  async start(): Promise<void> {
    await this.save(this.freeze({ tally: {}, seconds: 0, finished: false }));
    await orCannotWrite(this.path, emptyFile(this.path));
    await syncFolderOf(this.path);
  }

  /** Bytes of output so far. */
  get bytes(): number {
    return this.#output.bytes;
  }

  /** Whether an input is done. To be called for the inputs in their order. */
  readonly isDone = (number: number): boolean => {
    if (number >= this.#seen) this.#seen = number + 1;
    return this.#done.has(number);
  };

  /** How many inputs had been read at the snapshot that the run is resumed from. */
  get textsBefore(): number {
    return this.#expected.texts;
  }

  /**
   * Whether the inputs have proved to be those of the resumed run. Before that nothing may be asked,
   * and neither the output nor the snapshot may change.
   */
  get isVerified(): boolean {
    return this.#isVerified;
  }

  /**
   * Passes the inputs on, and checks that they begin like those of the resumed run. Throws a
   * {@link RunError} if they do not. Waits while too many inputs are read beyond one that is not done.
   */
  async *watch(
    lists: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
  ): AsyncGenerator<readonly string[], void, undefined> {
    for await (const list of lists) {
      // While nothing is asked, nothing would end the wait.
      while (this.#isVerified && this.#seen - this.#done.low > MAX_SPAN) {
        await new Promise<void>((resolve) => {
          this.#moved = resolve;
        });
      }
      this.#read(list);
      yield list;
    }
    if (!this.#isVerified) throw this.#otherInput();
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
    if (left !== list.length) return;
    if (this.#textsCrc !== this.#expected.crc) throw this.#otherInput();
    this.#isVerified = true;
  }

  #otherInput(): RunError {
    return new RunError(
      `the input is not what \`${this.path}\` was begun with: its first ${this.#expected.texts} lines must be the same; --force instead of --resume starts afresh`,
    );
  }

  /** Cuts off what does not count of the output, before the first result is written behind the rest. */
  async cut(): Promise<void> {
    if (this.#isCut) return;
    this.#isCut = true;
    const { bytes } = this.#output;
    const { size } = await orCannotWrite(this.path, stat(this.path));
    // To cut off nothing would change when the file was last modified: of a finished run that is its age.
    if (size !== bytes) await orCannotWrite(this.path, truncate(this.path, bytes));
  }

  /** Marks an input as done. Its line, if it has one, must be written in the same step. */
  done(number: number): void {
    this.#done.add(number);
  }

  /** Counts bytes that are written to the output. */
  wrote(bytes: Uint8Array): void {
    this.#output = {
      bytes: this.#output.bytes + bytes.length,
      crc: crc32(bytes, this.#output.crc),
    };
    this.#moved?.();
    this.#moved = undefined;
  }

  /** Whether reading is so far ahead of an input that is not done that it would soon have to wait. */
  get isFarAhead(): boolean {
    return this.#seen - this.#done.low > MAX_SPAN / 2;
  }

  /**
   * Notes that from here on lines of names follow that a registry was not asked about.
   *
   * @param tally what has been counted of the names that are done
   * @param isLimited whether any further run is to ask about them, not only one with a larger `--rdap-max`
   */
  markCap(tally: Snapshot['tally'], isLimited: boolean): void {
    const max = isLimited ? 0 : Math.min(this.#max, this.#cap?.max ?? this.#max);
    // Behind the place of an earlier part all is asked again.
    const place = this.#cap ?? { output: this.#output, done: this.#doneText(), tally };
    this.#cap = { ...place, max };
  }

  /** What the last snapshot says is done. */
  get saved(): Place | undefined {
    return this.#saved;
  }

  /** The text of a snapshot of this moment. */
  freeze(progress: RunProgress): string {
    const { outside, proved } = this;
    const { tally } = progress;
    this.#saved = { output: this.#output, done: this.#doneText(), tally, outside };
    return encodeSnapshot({
      ...progress,
      ...this.#saved,
      run: this.run,
      settings: this.#settings,
      input: { texts: this.#texts, crc: this.#textsCrc },
      cap: this.#cap,
      proved,
    });
  }

  #doneText(): Snapshot['done'] {
    const { low, high, bits } = this.#done.record();
    return { low, high, bits: Buffer.from(bits).toString('base64') };
  }

  /** Saves a snapshot. All the output that it counts must be on the disk already. */
  async save(snapshot: string): Promise<void> {
    const path = `${this.path}.resume`;
    await orCannotWrite(path, replaceFile(path, snapshot));
  }

  /** Releases the lock on the output. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#release();
  }
}

function emptyFile(path: string): Promise<void> {
  return writeFile(path, '');
}

export function cannotWrite(path: string, error: unknown): RunError {
  return new RunError(`cannot write \`${path}\`: ${systemReason(error)}`);
}

/** Turns an error of the system into a {@link RunError} that names the file. */
export async function orCannotWrite<V>(path: string, work: Promise<V>): Promise<V> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof RunError ? error : cannotWrite(path, error);
  }
}
