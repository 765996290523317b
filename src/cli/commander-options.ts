/** From the rows of an option table to commander's options, and back to typed values. */

import type { EventEmitter } from 'node:events';
import { Argument, type Command, Option } from 'commander';
import { UsageError } from '../core/usage-error.js';
import { invalidOption } from '../options/rule.js';
import {
  type Completes,
  knownWords,
  type OptionRow,
  type OptionsOf,
  type OptionTable,
  type Resolved,
  resolveOptions,
} from '../options/table.js';

/** An option whose value is kept under its name in the table, whatever its flag is called. */
class TableOption extends Option {
  readonly #name: string;
  readonly row: OptionRow<unknown>;

  constructor(flag: string, help: string, name: string, row: OptionRow<unknown>) {
    super(flag, help);
    this.#name = name;
    this.row = row;
    this.givenBy = this.long ?? flag;
    if (row.group !== undefined) this.helpGroup(`${row.group}:`);
  }

  /** `--concurrency`, or the variable that gave the value, as error messages name it. */
  givenBy: string;

  /** Paths of the files that the values name: a value may be only what a file says. */
  readonly paths: string[] = [];

  override attributeName(): string {
    return this.#name;
  }
}

export interface CommandArgument {
  /** `[name...]` */
  readonly name: string;
  readonly help: string;
  readonly completes?: Completes;
}

/** An argument that knows what a shell offers for it. */
export class TableArgument extends Argument {
  readonly completes: Completes;

  constructor({ name, help, completes = {} }: CommandArgument) {
    super(name, help);
    this.completes = completes;
  }
}

/** The row that an option was made of; undefined for those of commander's own. */
export function rowOf(option: Option): OptionRow<unknown> | undefined {
  return option instanceof TableOption ? option.row : undefined;
}

export function completesOf(argument: Argument): Completes {
  return argument instanceof TableArgument ? argument.completes : {};
}

/** Adds the options of a table to a command; rows without a flag are left out. */
export function addOptions(command: Command, table: OptionTable): void {
  for (const [name, row] of Object.entries(table)) {
    const { flag, alias, shorthand, help, env, rule } = row;
    if (flag === undefined) continue;
    const choices = rule.choices ? `: ${rule.choices.join(', ')}` : '';
    const option = optionFrom(command, flag, help + choices, [name, row]);
    // An empty variable is as good as none.
    if (env !== undefined && process.env[env] !== '') option.env(env);
    command.addOption(option);
    if (env !== undefined) nameVariable(command, option, env);
    if (alias !== undefined) {
      const text = `the same as ${flag.split(',')[0]}`;
      command.addOption(optionFrom(command, alias, text, [name, row]).default(undefined));
    }
    if (shorthand !== undefined) {
      const text = `the same as ${flag.split(',')[0]} ${shorthand.value}`;
      const short = new TableOption(shorthand.flag, text, name, row);
      command.addOption(short.preset(shorthand.value).argParser((value) => value));
    }
  }
}

/** What is wrong with a value of the environment is said of its variable. */
function nameVariable(command: Command, option: TableOption, variable: string): void {
  (command as unknown as EventEmitter).prependListener(`optionEnv:${option.name()}`, () => {
    option.givenBy = variable;
  });
}

/** The values of a command's options, checked, with the defaults of those that were not given. */
export function valuesOf<Table extends OptionTable>(
  command: Command,
  table: Table,
): Resolved<Table> {
  return resolveOptions(table, command.opts() as OptionsOf<Table>);
}

function optionFrom(
  command: Command,
  flag: string,
  help: string,
  [name, row]: readonly [string, OptionRow<unknown>],
): TableOption {
  const { rule, isRequired = false } = row;
  const option = new TableOption(flag, help, name, row);
  option.makeOptionMandatory(isRequired);
  if (!option.required) return option;
  const { default: value, defaultText } = rule;
  const isShown = defaultText !== undefined || (typeof value !== 'object' && value !== '');
  if (isShown) option.default(value, defaultText ?? String(value));
  return option.argParser((text: string, before: unknown) => {
    const isOption = command.options.some(
      ({ long, short }) => long === text || (short === text && !rule.takesOptions),
    );
    const value = isOption ? undefined : rule.read(text, option.givenBy);
    const joined = isOption ? undefined : joinedOption(command, option, text);
    if (value === undefined && joined !== undefined) {
      throw new UsageError(`Expected \`${joined}\` with two hyphens, got \`${joined.slice(1)}\``);
    }
    if (value === undefined) {
      const shown = rule.shown?.(text) ?? text;
      const error = invalidOption(option.givenBy, expectedBy(row), shown, knownWords(rule));
      if (isAttached(command, option, text)) {
        const meant = `\`${option.short}${text}\` is an input if it stands behind --`;
        throw new UsageError(`${error.message}; ${meant}`);
      }
      if (!isOption) throw error;
      throw new UsageError(`${error.message}: its value is missing, as \`${text}\` is an option`);
    }
    if (rule.isSingle && before !== undefined) {
      throw new UsageError(
        `Expected \`${option.givenBy}\` once, got \`${before}\` and \`${text}\``,
      );
    }
    option.paths.push(...pathsIn(text, value, row));
    // A default of one value is replaced by the first that is given.
    const isMore = rule.isRepeatable && Array.isArray(before);
    return isMore ? [...before, ...(value as unknown[])] : value;
  });
}

/** Whether a value stands in one argument with its option: such a one may be meant as a name. */
function isAttached(command: Command, { short }: Option, text: string): boolean {
  const takesNames = command.registeredArguments.length > 0;
  return (
    text !== '' && takesNames && rawArgsOf(command.parent ?? command).includes(`${short}${text}`)
  );
}

/** Commander keeps the command line, but its types do not have it. */
function rawArgsOf(program: Command): readonly string[] {
  return (program as unknown as { readonly rawArgs: readonly string[] }).rawArgs;
}

/** The argument that stands right behind the value of an option; undefined if there is none. */
export function argumentBehind(program: Command, flag: string): string | undefined {
  const rawArgs = rawArgsOf(program);
  const argument = rawArgs[rawArgs.indexOf(flag) + 2];
  return rawArgs.includes(flag) && !argument?.startsWith('-') ? argument : undefined;
}

function pathsIn(text: string, value: unknown, { completes = {} }: OptionRow<unknown>): string[] {
  const { path, words = [] } = completes;
  // `@FILE`, as options take it that are no files by themselves.
  if (path === undefined && text.startsWith('@')) return [text.slice(1)];
  if (path !== 'file') return [];
  const known = typeof words === 'function' ? words() : words;
  const texts: readonly string[] = Array.isArray(value) ? value : [text];
  return texts.filter((each) => !known.some(([word]) => word === each));
}

/** A file that a command line names, and the option or variable that names it. */
export interface NamedFile {
  readonly givenBy: string;
  readonly path: string;
}

/** The files that the options of a command name, but for one option. */
export function namedFiles(command: Command, except: string): readonly NamedFile[] {
  return command.options.flatMap((option) =>
    option instanceof TableOption && option.attributeName() !== except
      ? option.paths.map((path) => ({ givenBy: option.givenBy, path }))
      : [],
  );
}

/** `--tld`, where `-tld` was read as `-t ld`. */
function joinedOption(command: Command, { short }: Option, text: string): string | undefined {
  const meant = `-${short}${text}`;
  return command.options.find(({ long }) => long === meant)?.long;
}

function expectedBy({ rule }: OptionRow<unknown>): string {
  return rule.expectedText ?? rule.expected;
}

/** The sentence for an option whose value is not there, or that is not there itself. */
export function missingValue(command: Command, message: string): string {
  const option = command.options.find(({ flags }) => message.includes(`'${flags}'`));
  if (!(option instanceof TableOption)) return message;
  return `Expected \`${option.givenBy}\` to be ${expectedBy(option.row)}, got nothing`;
}
