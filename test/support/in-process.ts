import { PassThrough, Writable } from 'node:stream';
import { Interrupted } from '../../src/cli/interrupt.js';
import { runReported } from '../../src/cli/main.js';
import type { Ended } from './cli.js';

/** Keeps what is written to it. */
class Transcript extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(columns: number | undefined) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 80;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/**
 * Runs a command line in the process of the test, with nothing on its standard input. For what a
 * command says: exit codes as the system sees them, signals and pipes need `flagprobe` of `cli.ts`.
 *
 * @param columns of the terminal, where there is one
 */
export async function runInProcess(argv: readonly string[], columns?: number): Promise<Ended> {
  const stdin = new PassThrough();
  stdin.end();
  const [stdout, stderr] = [new Transcript(columns), new Transcript(columns)];
  const ended = (code: number | null, signal: NodeJS.Signals | null): Ended => ({
    stdout: stdout.text,
    stderr: stderr.text,
    code,
    signal,
  });
  try {
    return ended(await runReported(argv, { stdin, stdout, stderr }), null);
  } catch (error) {
    if (error instanceof Interrupted) return ended(null, error.signalName);
    throw error;
  }
}
