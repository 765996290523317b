import { once } from 'node:events';
import { PassThrough, type Readable, Writable } from 'node:stream';
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
    this.emit('more');
    done();
  }

  /** Resolves when this text was written. */
  async holds(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this, 'more');
  }
}

export interface RunningInProcess {
  readonly stdin: PassThrough;
  /** Resolves when standard output holds this text. */
  printed(text: string): Promise<void>;
  /** Resolves when standard error holds this text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/**
 * Starts a command line in the process of the test; its standard input is a stream that the test
 * writes to. For what a command says: exit codes as the system sees them, signals and pipes need
 * `startFlagprobe` of `cli.ts`.
 *
 * @param columns of the terminal, where there is one
 */
export function startInProcess(argv: readonly string[], columns?: number): RunningInProcess {
  const stdin = new PassThrough();
  return { stdin, ...startReading(stdin, argv, columns) };
}

/** The same, with any stream as standard input: one with an `fd` is what that is of. */
export function startReading(
  stdin: Readable,
  argv: readonly string[],
  columns?: number,
): Omit<RunningInProcess, 'stdin'> {
  const [stdout, stderr] = [new Transcript(columns), new Transcript(columns)];
  const ended = (code: number | null, signal: NodeJS.Signals | null): Ended => ({
    stdout: stdout.text,
    stderr: stderr.text,
    code,
    signal,
  });
  const run = async () => {
    try {
      return ended(await runReported(argv, { stdin, stdout, stderr }), null);
    } catch (error) {
      if (error instanceof Interrupted) return ended(null, error.signalName);
      throw error;
    }
  };
  return {
    printed: (text) => stdout.holds(text),
    said: (text) => stderr.holds(text),
    ended: run(),
  };
}

/** Runs a command line in the process of the test, with nothing on its standard input. */
export function runInProcess(argv: readonly string[], columns?: number): Promise<Ended> {
  const { stdin, ended } = startInProcess(argv, columns);
  stdin.end();
  return ended;
}

/** Interrupts every command that runs in this process, as a first signal would. */
export function interruptInProcess(signal: NodeJS.Signals = 'SIGTERM'): void {
  process.emit(signal, signal);
}
