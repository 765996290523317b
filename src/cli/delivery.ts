/** Results to lines of standard output or of a file. */

import { createWriteStream, ftruncateSync, openSync } from 'node:fs';
import { RunError, systemReason } from '../core/run-error.js';
import { Writer } from '../output/batch-writer.js';
import { type ResultLines, resultWriter } from '../output/result-writer.js';
import type { LineSorter } from '../output/sorted-lines.js';
import type { Result } from '../output/sub-status.js';
import type { Interrupt } from './interrupt.js';
import type { Progress } from './progress.js';
import type { OutputStream, Streams } from './streams.js';

/** The reader of our output has left (`| head -1`): nothing is wrong, and nothing more to do. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** What a delivery needs, of whichever kind its results are. */
export interface DeliveryContext extends Omit<ResultLines<Result>, 'format'> {
  /** The file to write to; undefined is standard output. */
  readonly output: string | undefined;
  readonly streams: Streams;
  readonly progress: Progress;
  readonly interrupt: Interrupt;
  /** How long the run has taken, all its parts together. */
  readonly seconds: () => number;
}

export interface Delivery<R extends Result> extends DeliveryContext, ResultLines<R> {
  /** Holds the lines until the end. */
  readonly sorter?: LineSorter<R> | undefined;
}

/**
 * Writes a line for each result until they end. Results from before an interrupt are written before
 * its error is thrown on. Throws a {@link RunError} if the output cannot be written.
 */
export async function deliver<R extends Result>(
  batches: AsyncIterable<readonly R[]>,
  delivery: Delivery<R>,
): Promise<void> {
  const { format, output, progress, interrupt, streams, sorter } = delivery;
  const label = output === undefined ? 'standard output' : `\`${output}\``;
  const failed = (error: Error) => interrupt.stop(outputError(label, error));
  const lineOf = resultWriter(delivery);
  // What is sorted comes at the end: until then an output of before stays as it is.
  const mode = sorter ? 'a' : 'w';
  const stream = output === undefined ? streams.stdout : openOutput(label, output, mode);
  await using writer = new Writer(stream, failed, progress.around);
  let isBegun = false;
  const begin = () => {
    if (isBegun) return;
    isBegun = true;
    if (output !== undefined) emptyFile(stream);
    if (format.head) writer.write(format.head);
  };
  try {
    if (!sorter) begin();
    for await (const batch of batches) {
      let text = '';
      for (const result of batch) {
        const line = lineOf(result);
        text += sorter ? sorter.add(result, line) : line;
      }
      if (text !== '') {
        begin();
        writer.write(text);
      }
      if (writer.drained) await writer.drained;
    }
    if (!interrupt.signal.aborted) begin();
  } finally {
    for (const text of sorter?.end() ?? []) {
      begin();
      writer.write(text);
    }
    await writer.finish().catch(() => {});
    if (output !== undefined) await new Promise<void>((resolve) => stream.end(() => resolve()));
  }
  interrupt.signal.throwIfAborted();
}

export function outputError(label: string, error: Error): Error {
  if (error instanceof RunError) return error;
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
    ? new OutputClosed('The output was closed')
    : new RunError(`cannot write ${label}: ${systemReason(error)}`);
}

function openOutput(label: string, output: string, mode: 'w' | 'a'): OutputStream {
  try {
    const fd = openSync(output, mode);
    return Object.assign(createWriteStream(output, { fd }), { fd });
  } catch (error) {
    throw outputError(label, error as Error);
  }
}

/** Empties a file that was opened to append. */
function emptyFile({ fd }: OutputStream): void {
  try {
    if (fd !== undefined) ftruncateSync(fd);
  } catch {
    // A pipe or a device: there is nothing to empty.
  }
}
