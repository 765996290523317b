/** The process behind the command line: the one place where an error is told, and the process ends. */

import { RunError, systemReason } from '../core/run-error.js';
import { UsageError } from '../core/usage-error.js';
import { VERSION } from '../core/version.js';
import { endProcess } from './end-process.js';
import { EXIT, type ExitCode, exitCodeOfError } from './exit-codes.js';
import { die, Interrupted, stopRun } from './interrupt.js';
import { print } from './print.js';
import { carriesJson, processStreams, type Streams, sayError, writeJsonTo } from './streams.js';

/** Runs a command line and gives its exit code. The version needs none of the program. */
export async function run(argv: readonly string[], streams: Streams): Promise<ExitCode> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    await print(streams.stdout, `${VERSION}\n`);
    return EXIT.answered;
  }
  const { runCommand } = await import('./commands.js');
  return runCommand(argv, streams);
}

/** How long a run may take to write its results after an exception that nothing has caught. */
const LAST_WRITES_MS = 5000;

/** The process: runs its command line, and ends by itself with the right code. */
export async function runMain(): Promise<void> {
  // If standard error is closed, there is nowhere left to complain.
  process.stderr.on('error', () => {});
  process.on('uncaughtException', onUncaught);
  try {
    process.exitCode = await runReported(process.argv.slice(2), processStreams);
  } catch (error) {
    die((error as Interrupted).signalName);
  }
  endProcess();
}

/**
 * An exception that nothing has caught is a bug, and what it broke is not known: the run is stopped,
 * and the process ends even if that does not succeed.
 */
function onUncaught(error: unknown): void {
  const end = () => process.exit(report(error, processStreams));
  if (stopRun(error)) setTimeout(end, LAST_WRITES_MS).unref();
  else end();
}

/** Runs a command line and says on standard error what went wrong. Throws {@link Interrupted} only. */
export async function runReported(argv: readonly string[], streams: Streams): Promise<ExitCode> {
  if (asksForJson(argv)) writeJsonTo(streams.stderr);
  try {
    return await run(argv, streams);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return report(error, streams);
  }
}

/** Looked for before the command line is read, so that what is wrong with it is said in JSON too. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const given = options.some((text, i) => text === '--progress' && options[i + 1] === 'json');
  return given || options.includes('--progress=json');
}

function report(error: unknown, streams: Streams): ExitCode {
  const text = textOf(error);
  sayError(streams, carriesJson(streams.stderr) ? text : `flagprobe: ${text}`);
  return exitCodeOfError(error);
}

function textOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof RunError) return error.message;
  // Any file of the program or of a run may be the one too many.
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'EMFILE') {
    return `${systemReason(error)}; \`ulimit -n\` is too low`;
  }
  return `this is a bug: ${oneLine(error)}`;
}

/** `TypeError: x is not a function, at f (file.js:1:2)` */
function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /^\s+(at .*)$/m.exec(error.stack ?? '')?.[1];
  return `${error.name}: ${error.message}${place ? `, ${place}` : ''}`.replace(/\s+/g, ' ');
}
