/** The commander program: what commands there are, and what is wrong with a command line. */

import { Command, CommanderError } from 'commander';
import { didYouMean, nearest } from '../core/nearest.js';
import { UsageError } from '../core/usage-error.js';
import { VERSION } from '../core/version.js';
import { withoutSecrets } from '../core/without-secrets.js';
import type { Define } from './command.js';
import { missingValue } from './commander-options.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { layOutHelp, widthOf } from './help.js';
import { print } from './print.js';
import type { Streams } from './streams.js';

/** What a command's file exports. */
interface CommandModule {
  readonly define: Define;
}

interface CommandRow {
  readonly summary: string;
  /** A command line that shows what it is for. */
  readonly example: string;
  /** A command is loaded only when the command line names it. */
  load(): Promise<CommandModule>;
}

const commands: Readonly<Record<string, CommandRow>> = {
  probe: {
    summary: 'find out which domain names exist',
    example: 'flagprobe probe mystartup --tld dev,io',
    load: () => import('./probe.js'),
  },
  download: {
    summary: 'download flags, or any list of images',
    example: 'flagprobe download BR JP -d flags',
    load: () => import('./download.js'),
  },
  worker: {
    summary: 'do lookups for `flagprobe probe --redis`',
    example: 'flagprobe worker --redis redis://HOST',
    load: () => import('./worker.js'),
  },
  serve: {
    summary: 'run the embedded flag and DNS servers',
    example: 'flagprobe serve --port 8000',
    load: () => import('./serve.js'),
  },
  completion: {
    summary: 'print a script that completes command lines',
    example: 'source <(flagprobe completion bash)',
    load: () => import('./completion.js'),
  },
};

/** Runs a command line and gives its exit code. Prints results and reports, never exits. */
export async function runCommand(argv: readonly string[], streams: Streams): Promise<ExitCode> {
  let code: ExitCode = EXIT.answered;
  let printed = '';
  const writeOut = (text: string) => {
    printed += text;
  };
  const program = newProgram(argv, streams, writeOut);
  for (const name of Object.keys(commands)) {
    const command = addCommand(program, name, argv);
    // A script for completion is about all of them.
    if (!argv.includes(name) && argv[0] !== 'completion') continue;
    const module = await commands[name]?.load();
    module?.define(command, streams, (ended) => {
      code = ended;
    });
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

/** The program with all options of all commands, to be described. */
export async function openProgram(streams: Streams): Promise<Command> {
  const program = newProgram([], streams, () => {});
  for (const [name, { load }] of Object.entries(commands)) {
    (await load()).define(addCommand(program, name, []), streams, () => {});
  }
  return program;
}

function addCommand(program: Command, name: string, argv: readonly string[]): Command {
  const { summary = '', example = '' } = commands[name] ?? {};
  const command = program.command(name).description(sentence(summary));
  command.summary(`${summary}\n  ${example}`);
  return throwUsage(command, argv).helpOption('-h, --help', 'print help');
}

function newProgram(
  argv: readonly string[],
  { stdout }: Streams,
  writeOut: (text: string) => void,
): Command {
  const program = throwUsage(new Command('flagprobe'), argv);
  layOutHelp(program, widthOf(stdout));
  return program
    .configureOutput({ writeOut, writeErr: () => {} })
    .usage('COMMAND [options] [input...]')
    .description(
      'Resolve millions of domain names, or download thousands of flag images, concurrently.\n' +
        'Every input gets exactly one result, printed as soon as it is known.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command\n  flagprobe help probe');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
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
    case 'commander.help':
      return wrongCommand(
        withoutSecrets(argv.find((text) => text !== 'help' && !text.startsWith('-')) ?? ''),
      );
    case 'commander.unknownOption':
      // The value of an option that does not exist may be a URL with a password.
      return wrongOption(command, /'(--?[^=']*)/.exec(error.message)?.[1] ?? '');
    case 'commander.optionMissingArgument':
    case 'commander.missingMandatoryOptionValue':
      return missingValue(command, error.message);
    case 'commander.missingArgument': {
      const [argument] = command.registeredArguments;
      const name = argument?.name().toUpperCase();
      return `Expected \`${name}\` to be ${argument?.description}, got nothing`;
    }
    case 'commander.excessArguments':
      return `Expected no argument for \`${command.name()}\`, got \`${withoutSecrets(command.args.join(' '))}\``;
    default:
      return error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  }
}

function wrongCommand(given: string): string {
  const names = [...Object.keys(commands), 'help'];
  // A name in place of a command is most likely to be looked up.
  const meant = given.includes('.') ? `flagprobe probe ${given}` : versionFor(given);
  const hint = meant ? ` (did you mean \`${meant}\`?)` : didYouMean(given, names);
  return `Expected the command to be one of ${names.join(', ')}, got \`${given}\`${hint}`;
}

/** What other programs print their version for. */
function versionFor(given: string): string | undefined {
  return ['version', '-v', '-version'].includes(given) ? 'flagprobe --version' : undefined;
}

/** What asks whether names are registered, by the words of other programs. */
function registrationFor(given: string): string | undefined {
  if (/^-*whois$/.test(given)) return '--rdap';
  return /^-*(?:free|available)$/.test(given) ? '--rdap --only unregistered' : undefined;
}

function wrongOption(command: Command, given: string): string {
  const known = command.options.flatMap(({ long }) => long?.slice(2) ?? []);
  const path = command.parent ? `flagprobe ${command.name()}` : 'flagprobe';
  // The hyphens that all have are no likeness.
  const near = nearest(given.replace(/^-+/, ''), known);
  const meant =
    (command.parent ? undefined : versionFor(given)) ??
    (near && `--${near}`) ??
    (command.name() === 'probe' ? registrationFor(given) : undefined);
  // Some look up a name that begins with a hyphen, to see that there is none.
  const isName = command.name() === 'probe' && /^-[^-]/.test(given);
  const other = `\`${path} --help\` lists them${isName ? '; behind -- it is a name' : ''}`;
  const hint = meant ? ` (did you mean \`${meant}\`?)` : ` (${other})`;
  return `Expected an option of \`${path}\`, got \`${given}\`${hint}`;
}
