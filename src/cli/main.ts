/** The command line: one commander program, one place where an error becomes an exit code. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UsageError } from '../core/usage-error.js';
import { EXIT, type ExitCode, RunError, systemReason } from './exit.js';
import { die, Interrupted } from './interrupt.js';
import { missingValue } from './program.js';

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
  download: {
    summary: 'fetch many flag images',
    load: () => import('./download.js'),
  },
  worker: {
    summary: 'work for a fleet: ask what `probe --redis` hands out',
    load: () => import('./worker.js'),
  },
  serve: {
    summary: 'run the embedded flag and DNS servers for other clients',
    load: () => import('./serve.js'),
  },
};

/** Runs a command line and gives its exit code. Prints results and reports, never exits. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.answered;
  let printed = '';
  const writeOut = (text: string) => {
    printed += text;
  };
  const program = throwUsage(new Command('flagprobe'), argv);
  program
    .configureOutput({ writeOut, writeErr: () => {} })
    .description('Ask about very many names, or fetch very many flags, at once.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command');
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).description(summary);
    throwUsage(command, argv).helpOption('-h, --help', 'print help');
    if (argv.includes(name)) {
      const module = await load();
      module.define(command, (ended) => {
        code = ended;
      });
    }
  }
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw inFlags(error, program);
  }
  if (printed !== '') await print(printed);
  return code;
}

/** What the library says of its option `maxSize`, the command line says of `--max-size`. */
function inFlags(error: unknown, program: Command): unknown {
  if (!(error instanceof UsageError) || error.option === undefined) return error;
  const { option: name, message } = error;
  const flag = program.commands
    .flatMap(({ options }) => options)
    // The library's lists are called `headers`, and each of them is given as `--header`.
    .find((option) => [name, name.replace(/s$/, '')].includes(option.attributeName()))?.long;
  return flag ? new UsageError(message.replace(`\`${name}\``, `\`${flag}\``)) : error;
}

/** Prints help or the version. A reader who has left (`| head -1`) has read enough. */
function print(text: string): Promise<void> {
  process.stdout.on('error', () => {});
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(new RunError(`cannot write standard output: ${systemReason(error)}`));
    });
  });
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

/** Makes a command throw a one-line {@link UsageError} where commander would print and exit. */
function throwUsage(command: Command, argv: readonly string[]): Command {
  return command.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    throw new UsageError(usageText(command, argv, error));
  });
}

function usageText(command: Command, argv: readonly string[], error: CommanderError): string {
  switch (error.code) {
    case 'commander.unknownCommand':
    case 'commander.help': {
      const names = [...Object.keys(commands), 'help'].join(', ');
      const given = argv.find((text) => text !== 'help' && !text.startsWith('-')) ?? '';
      return `Expected the command to be one of ${names}, got \`${given}\``;
    }
    case 'commander.optionMissingArgument':
      return missingValue(command, error.message);
    default:
      return error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  }
}

function version(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
