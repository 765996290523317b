/** The river behind both commands: results in, lines out, counts beside. */

import { createWriteStream, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Look } from '../output/format.js';
import { type Taking, taker } from '../output/result-writer.js';
import { Writer } from '../output/writer.js';
import { RunError, systemReason } from './exit-codes.js';
import type { Interrupt } from './interrupt.js';
import type { Progress } from './progress.js';

/** The reader of our output has left (`| head -1`): nothing is wrong, and nothing more to do. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

interface Result {
  readonly status: string;
  readonly reason?: string;
}

export interface Delivery<R extends Result> extends Taking<R> {
  /** Where to; undefined is standard output. */
  readonly output: string | undefined;
  readonly progress: Progress;
  readonly interrupt: Interrupt;
}

/**
 * Writes a line for each result until they end. What was won before an interrupt is written before
 * its error is thrown on. Throws a {@link RunError} if the output cannot be written.
 */
export async function deliver<R extends Result>(
  batches: AsyncIterable<readonly R[]>,
  { format, only, output, tally, progress, interrupt }: Delivery<R>,
): Promise<void> {
  const label = output === undefined ? 'standard output' : `\`${output}\``;
  const failed = (error: Error) => interrupt.stop(outputError(label, error));
  const take = taker({ format, only, tally });
  const stream = openOutput(label, output);
  await using writer = new Writer(stream, failed, progress.around);
  try {
    if (format.head) writer.write(format.head);
    for await (const batch of batches) {
      let text = '';
      for (const result of batch) text += take(result);
      if (text !== '') writer.write(text);
      if (writer.drained) await writer.drained;
    }
  } finally {
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

function openOutput(label: string, output: string | undefined): Writable {
  if (output === undefined) return process.stdout;
  try {
    return createWriteStream(output, { fd: openSync(output, 'w') });
  } catch (error) {
    throw outputError(label, error as Error);
  }
}

/** Colours only for a terminal on standard output, NO_COLOR and FORCE_COLOR obeyed. */
export function lookFor(output: string | undefined, records: boolean): Look {
  return {
    isTerminal: output === undefined && process.stdout.isTTY === true,
    records,
    paint: (colour, text) =>
      output === undefined ? styleText(colour, text, { stream: process.stdout }) : text,
  };
}
