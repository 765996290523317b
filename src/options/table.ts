/**
 * Options as data. Every option is one row of a table; the types of the library, the options of the
 * command line, what workers are told and what `--resume` must find unchanged are derived from it.
 */

import { didYouMean } from '../core/nearest.js';
import { UsageError } from '../core/usage-error.js';
import { invalidOption, type Rule } from './rule.js';

/** One option. Its name is its key in the table. */
export interface OptionRow<T> {
  /** `-c, --concurrency <n>`. Without it the option exists in the library only. */
  readonly flag?: string;
  /** A second spelling of {@link flag}, with the same value. */
  readonly alias?: string;
  /** An option without a value that stands for {@link flag} with this one. */
  readonly shorthand?: { readonly flag: string; readonly value: string };
  /** The environment variable that gives the default. */
  readonly env?: string;
  /** The heading in the help. */
  readonly group?: string;
  /** The line in the help. Choices and the default are added to it. */
  readonly help: string;
  readonly rule: Rule<T>;
  /** What a shell offers as its value, where the rule has no choices or not all of them. */
  readonly completes?: Completes;
  /** The command line must have it. */
  readonly isRequired?: true;
  /**
   * Set if the option decides what the output says, so that a run can only be resumed with the same
   * value: `true` compares the values, a function gives the text to compare.
   */
  readonly resume?: true | ResumeText;
  /** `false` if the option concerns the process that reads and writes, not the workers of a fleet. */
  readonly workers?: false;
}

/** A word that a shell offers, and what it stands for; an empty text says nothing. */
export type Word = readonly [word: string, about: string];

/** What a shell offers in place of a value. */
export interface Completes {
  readonly words?: readonly Word[] | (() => readonly Word[]);
  /** Names of files or folders, too. */
  readonly path?: 'file' | 'folder';
}

/** @param all the values of all options, for a text that depends on another option */
type ResumeText = (value: never, all: Readonly<Record<string, unknown>>) => string;

export type OptionTable = Readonly<Record<string, OptionRow<unknown>>>;

type ValueOf<Row> = Row extends { readonly rule: Rule<infer T> } ? T : never;

/** The options that a caller of the library may give. */
export type OptionsOf<Table> = { readonly [K in keyof Table]?: ValueOf<Table[K]> | undefined };

/** All options of a table, those that were not given with their defaults. */
export type Resolved<Table> = { readonly [K in keyof Table]: ValueOf<Table[K]> };

/** The options of a table that the workers of a fleet are told. */
export type WorkerOptionsOf<Table> = {
  readonly [K in keyof Table as Table[K] extends { readonly workers: false } ? never : K]?:
    | ValueOf<Table[K]>
    | undefined;
};

/**
 * Checks the options of a caller and fills in the defaults. Throws a {@link UsageError} for a wrong
 * value and for an option that is not in the table.
 */
export function resolveOptions<Table extends OptionTable>(
  table: Table,
  given: OptionsOf<Table>,
): Resolved<Table> {
  for (const option of Object.keys(given)) {
    if (!Object.hasOwn(table, option)) throw unknownOption(option, Object.keys(table));
  }
  const resolved: Record<string, unknown> = {};
  for (const [option, { rule }] of Object.entries(table)) {
    const value = given[option as keyof Table] ?? rule.default;
    if (!rule.allows(value)) {
      throw invalidOption(option, rule.expected, shownBy(rule, value), knownWords(rule));
    }
    resolved[option] = value;
  }
  return resolved as Resolved<Table>;
}

/** Words of which one may have been meant. */
export function knownWords({ choices, suggestions }: Rule<unknown>): readonly string[] {
  return choices ?? suggestions?.() ?? [];
}

/** A wrong value, or each of a list, as messages may show it. */
function shownBy({ shown }: Rule<unknown>, value: unknown): unknown {
  if (!shown) return value;
  return Array.isArray(value) ? value.map((item) => shown(String(item))) : shown(String(value));
}

function unknownOption(option: string, known: readonly string[]): UsageError {
  return new UsageError(
    `Expected an option to be one of ${known.join(', ')}, got \`${option}\`${didYouMean(option, known)}`,
  );
}

/** Of the values of several tables, those of one. */
export function optionsOf<Table extends OptionTable>(
  table: Table,
  values: Resolved<Table>,
): Resolved<Table> {
  return only(Object.keys(table), values) as Resolved<Table>;
}

/** Of the values of several tables, those of one that the workers of a fleet are told. */
export function workerOptionsOf<Table extends OptionTable>(
  table: Table,
  values: Resolved<Table>,
): WorkerOptionsOf<Table> {
  const names = Object.keys(table).filter((name) => table[name]?.workers !== false);
  return only(names, values) as WorkerOptionsOf<Table>;
}

function only(names: readonly string[], values: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}
