/** Results to lines of a file from which the run can be resumed, with checkpoints. */

import { close, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ProbeResult } from '../core/model.js';
import { RunError } from '../core/run-error.js';
import type { NumberedResult } from '../index.js';
import { Checkpoints } from '../journal/checkpoints.js';
import type { Journal } from '../journal/journal.js';
import { Writer } from '../output/batch-writer.js';
import { FileStream } from '../output/file-stream.js';
import { resultWriter } from '../output/result-writer.js';
import type { Tally } from '../output/tally.js';
import { CappedResults } from './capped-results.js';
import { type Delivery, outputError } from './delivery.js';

export interface JournaledDelivery extends Delivery<ProbeResult> {
  readonly journal: Journal;
  /** Whether lines are in the order of the input. */
  readonly isOrdered?: boolean;
  /** What waits for the end of the output. */
  readonly capped?: CappedResults | undefined;
}

/**
 * Writes a line for each result until they end, and saves the journal at intervals and at the end,
 * after an error as well. Throws a RunError if the output cannot be written.
 */
export async function deliverNumbered(
  batches: AsyncIterable<readonly NumberedResult[]>,
  delivery: JournaledDelivery,
): Promise<void> {
  const { journal, isOrdered } = delivery;
  const lineOf = resultWriter(delivery);
  // Lines in the order of the input cannot wait for the end.
  const capped = isOrdered ? undefined : new CappedResults(journal, delivery);
  const write = (batch: readonly NumberedResult[]): Written => {
    let text = '';
    for (const numbered of batch) {
      const line = lineOf(numbered.result);
      if (capped?.keep(numbered)) continue;
      text += line;
      journal.done(numbered.number);
    }
    return { text, results: batch.length };
  };
  await deliverDurably(batches, write, { ...delivery, capped });
}

/** What one batch came to. */
export interface Written {
  readonly text: string;
  /** How many results it holds, shown or not. */
  readonly results: number;
}

/**
 * {@link deliverNumbered} for any kind of batch.
 *
 * @param batches the first comes only once the journal is verified
 * @param write counts a batch, marks its inputs as done, and gives its text, all in one step, so that
 * a checkpoint sees all of it or nothing
 * @param freeze is called at each checkpoint, and what it returns once the checkpoint is on the disk
 */
export async function deliverDurably<B>(
  batches: AsyncIterable<B>,
  write: (batch: B) => Written,
  { format, tally, progress, interrupt, journal, seconds, capped }: JournaledDelivery,
  freeze: () => () => Promise<void> = () => async () => {},
): Promise<void> {
  const label = `\`${journal.path}\``;
  const failed = (error: Error) => interrupt.stop(resumable(outputError(label, error)));
  const start = journal.bytes;
  const descriptor = openOutput(label, journal.path);
  const writer = new Writer(new FileStream(descriptor, start), failed, progress.around, (text) => {
    const bytes = Buffer.from(text);
    journal.wrote(bytes);
    return bytes;
  });
  const save = async (finished: boolean) => {
    await journal.cut();
    // Everything so far is on its way, so counted, before this gives a promise back.
    const written = writer.finish();
    const counts = capped?.countsWithout(tally) ?? tally.counts;
    const snapshot = journal.freeze({ tally: counts, seconds: seconds(), finished });
    const saved = freeze();
    await written;
    await promisify(fdatasync)(descriptor);
    await journal.save(snapshot);
    await saved();
  };
  const checkpoints = new Checkpoints(() => save(false), failed);
  let finished = false;
  try {
    if (format.head && start === 0) {
      await journal.cut();
      writer.write(format.head);
    }
    for await (const batch of batches) {
      await journal.cut();
      const { text, results } = write(batch);
      if (text !== '') writer.write(text);
      checkpoints.count(results);
      if (capped?.isFull) await writeCapped(capped, writer, tally);
      if (writer.drained) await writer.drained;
    }
    finished = !interrupt.signal.aborted;
    if (finished && capped) await writeCapped(capped, writer, tally);
  } finally {
    if (!finished) capped?.drop(tally);
    await checkpoints.stop();
    // Nothing changes on the disk unless the input is that of the run so far.
    if (journal.isVerified) await save(finished).catch(failed);
    await promisify(close)(descriptor);
  }
  interrupt.signal.throwIfAborted();
}

/** Writes what was kept, behind the place that the journal notes. */
async function writeCapped(capped: CappedResults, writer: Writer, tally: Tally): Promise<void> {
  // All that was written before is counted before this gives a promise back.
  const written = writer.finish();
  const text = capped.release(tally);
  if (text !== '') writer.write(text);
  await written;
}

/** What stops a run, with the way on: what was written so far counts. */
function resumable(error: Error): Error {
  if (!(error instanceof RunError)) return error;
  return new RunError(`${error.message}; the same command with --resume goes on`);
}

function openOutput(label: string, path: string): number {
  try {
    // Not to be emptied: what is there counts.
    return openSync(path, 'r+');
  } catch (error) {
    throw outputError(label, error as Error);
  }
}
