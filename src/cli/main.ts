/** The process behind the command line: the one place where an error becomes an exit code. */

import { UsageError } from '../core/usage-error.js';
import { EXIT, type ExitCode, RunError } from './exit-codes.js';
import { die, Interrupted, stopRun } from './interrupt.js';
import { print, version } from './print.js';

/** Runs a command line and gives its exit code. The version needs none of the program. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    await print(`${version()}\n`);
    return EXIT.answered;
  }
  const { runCommand } = await import('./commands.js');
  return runCommand(argv);
}

/** How long a run may take to write its results after an exception that nothing has caught. */
const LAST_WRITES_MS = 5000;

/** The process: runs its command line, and ends by itself with the right code. */
export async function runMain(): Promise<void> {
  // Whoever closed standard error does not want to be told.
  process.stderr.on('error', () => {});
  process.on('uncaughtException', onUncaught);
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    if (error instanceof Interrupted) return die(error.signalName);
    process.exitCode = report(error);
  }
}

/**
 * An exception that nothing has caught is a bug, and what it broke is not known: the run is stopped,
 * and the process ends even if that does not succeed.
 */
function onUncaught(error: unknown): void {
  const end = () => process.exit(report(error));
  if (stopRun(error)) setTimeout(end, LAST_WRITES_MS).unref();
  else end();
}

function report(error: unknown): ExitCode {
  const say = (text: string) => process.stderr.write(`flagprobe: ${text}\n`);
  if (error instanceof UsageError) {
    say(error.message);
    return EXIT.usage;
  }
  if (error instanceof RunError) {
    say(error.message);
  } else {
    say(`this is a bug: ${oneLine(error)}`);
  }
  return EXIT.failed;
}

/** `TypeError: x is not a function, at f (file.js:1:2)` */
function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /^\s+(at .*)$/m.exec(error.stack ?? '')?.[1];
  return `${error.name}: ${error.message}${place ? `, ${place}` : ''}`.replace(/\s+/g, ' ');
}
