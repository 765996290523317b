/** The command line: one commander program, one place where an error becomes an exit code. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UsageError } from '../core/usage-error.js';
import { EXIT, type ExitCode, RunError } from './exit.js';
import { die, Interrupted } from './interrupt.js';

/** What a command's file exports: it adds its arguments, options and action. */
export interface CommandModule {
  define(command: Command, done: (code: ExitCode) => void): void;
}

/** A command is loaded only when the command line names it. */
const commands: Record<string, { summary: string; load: () => Promise<CommandModule> }> = {
  probe: {
    summary: 'ask the DNS about many domains',
    load: () => import('./probe.js'),
  },
};

/** Runs a command line and gives its exit code. Prints results and reports, never exits. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.answered;
  const program = throwUsage(new Command('flagprobe'));
  program
    .description('Ask about very many names, or fetch very many flags, at once.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command');
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).description(summary);
    throwUsage(command).helpOption('-h, --help', 'print help');
    if (argv.includes(name)) {
      const module = await load();
      module.define(command, (ended) => {
        code = ended;
      });
    }
  }
  if (argv.length === 0) {
    program.outputHelp();
    return EXIT.answered;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
  return code;
}

/** The process: runs its command line, and ends by itself with the right code. */
export async function runMain(): Promise<void> {
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

/** Makes a command throw a one-line {@link UsageError} where commander would print and exit. */
function throwUsage(command: Command): Command {
  return command
    .exitOverride((error) => {
      if (error.exitCode === 0) throw error;
      throw new UsageError(error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '));
    })
    .configureOutput({ writeErr: () => {} });
}

function version(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
