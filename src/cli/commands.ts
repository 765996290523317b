/** The commander program: what commands there are, and what is wrong with a command line. */

import { Command, CommanderError } from 'commander';
import { UsageError } from '../core/usage-error.js';
import { withoutSecrets } from '../core/without-secrets.js';
import type { Define } from './command.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { missingValue } from './options.js';
import { print, version } from './print.js';
import type { Streams } from './streams.js';

/** What a command's file exports. */
interface CommandModule {
  readonly define: Define;
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
export async function runCommand(argv: readonly string[], streams: Streams): Promise<ExitCode> {
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
      module.define(command, streams, (ended) => {
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
  if (printed !== '') await print(streams.stdout, printed);
  return code;
}

/** What the library says of its option `maxSize`, the command line says of `--max-size`. */
function inFlags(error: unknown, program: Command): unknown {
  if (!(error instanceof UsageError) || error.option === undefined) return error;
  const { option: name, message } = error;
  const flag = program.commands
    .flatMap(({ options }) => options)
    .find((option) => option.attributeName() === name)?.long;
  return flag ? new UsageError(message.replace(`\`${name}\``, `\`${flag}\``)) : error;
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
      return `Expected the command to be one of ${names}, got \`${withoutSecrets(given)}\``;
    }
    case 'commander.optionMissingArgument':
      return missingValue(command, error.message);
    default:
      // The value of an option that does not exist may be a URL with a password.
      return error.message
        .replace(/^error: /, '')
        .replace(/(unknown option '--?[^=']*)=[^']*/, '$1')
        .replace(/\s*\n\s*/g, ' ');
  }
}
