/** The process behind the command line: the one place where an error becomes an exit code. */

import { UsageError } from '../core/usage-error.js';
import { EXIT, type ExitCode, RunError } from './exit-codes.js';
import { die, Interrupted } from './interrupt.js';
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

/** The process: runs its command line, and ends by itself with the right code. */
export async function runMain(): Promise<void> {
  // Whoever closed standard error does not want to be told.
  process.stderr.on('error', () => {});
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    if (error instanceof Interrupted) return die(error.signalName);
    process.exitCode = report(error);
  }
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
    say(`this is a bug: ${error instanceof Error ? error.stack : String(error)}`);
  }
  return EXIT.failed;
}
