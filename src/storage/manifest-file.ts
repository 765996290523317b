/** The manifest on disk: read line by line or at a place, with little in memory. */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type AskersLine, type ManifestRecord, parseLine, parseRecord } from './manifest-record.js';
import { MANIFEST } from './saver-worker.js';

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;

/** Bytes that are read at a time; a longer line is no record. */
const CHUNK = 262_144;

/** Most records are shorter: one read is enough. */
const USUAL_RECORD = 1024;

/** Lines that are read before others have their turn. */
const LINES_PER_TURN = 1000;

export interface PlacedRecord {
  /** Of the line's first byte in the file. */
  readonly offset: number;
  /** Undefined for a line that is broken, or no record. */
  readonly record: ManifestRecord | undefined;
  /** What such a line may be instead. */
  readonly askersLine: AskersLine | undefined;
}

/** A manifest that is open for reading. */
export class ManifestFile {
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Undefined where there is none, and for a link: that leads out of the folder. */
  static open(folder: string): ManifestFile | undefined {
    let descriptor: number;
    try {
      // Without waiting for the other end of what might be a pipe.
      descriptor = openSync(join(folder, MANIFEST), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch {
      return undefined;
    }
    if (fstatSync(descriptor).isFile()) return new ManifestFile(descriptor);
    closeSync(descriptor);
    return undefined;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** All lines, with pauses in which others have their turn. */
  async *records(): AsyncGenerator<PlacedRecord, void, undefined> {
    let count = 0;
    for (const placed of this.recordsAtOnce()) {
      if (++count % LINES_PER_TURN === 0) await turn();
      yield placed;
    }
  }

  *recordsAtOnce(): Generator<PlacedRecord, void, undefined> {
    for (const { offset, text } of this.#lines()) {
      const line = parseLine(text);
      const isRecord = line !== undefined && 'status' in line;
      yield isRecord
        ? { offset, record: line, askersLine: undefined }
        : { offset, record: undefined, askersLine: line };
    }
  }

  /** The record whose line begins at a place; undefined if none does. */
  recordAt(offset: number): ManifestRecord | undefined {
    for (const length of [USUAL_RECORD, CHUNK]) {
      const bytes = Buffer.allocUnsafe(length);
      const count = readSync(this.#descriptor, bytes, 0, length, offset);
      const end = bytes.subarray(0, count).indexOf(10);
      if (end >= 0) return parseRecord(bytes.toString('utf8', 0, end));
      if (count < length) return undefined;
    }
    return undefined;
  }

  *#lines(): Generator<{ readonly offset: number; readonly text: string }, void, undefined> {
    const buffer = Buffer.allocUnsafe(CHUNK);
    let start = 0;
    let kept = 0;
    let isSkipping = false;
    for (;;) {
      const count = readSync(this.#descriptor, buffer, kept, CHUNK - kept, start + kept);
      const filled = buffer.subarray(0, kept + count);
      let at = 0;
      for (let end = filled.indexOf(10); end >= 0; end = filled.indexOf(10, at)) {
        if (!isSkipping) yield { offset: start + at, text: filled.toString('utf8', at, end) };
        isSkipping = false;
        at = end + 1;
      }
      if (count === 0) {
        if (!isSkipping && at < filled.length) {
          yield { offset: start + at, text: filled.toString('utf8', at) };
        }
        return;
      }
      if (at === 0 && filled.length === CHUNK) {
        isSkipping = true;
        at = CHUNK;
      }
      buffer.copyWithin(0, at, filled.length);
      kept = filled.length - at;
      start += at;
    }
  }
}
