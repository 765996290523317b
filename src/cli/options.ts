/** From the rows of an option table to commander's options, and back to typed values. */

import { type Command, Option } from 'commander';
import { invalidOption } from '../options/rule.js';
import {
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
  }

  override attributeName(): string {
    return this.#name;
  }
}

/** Adds the options of a table to a command; rows without a flag are left out. */
export function addOptions(command: Command, table: OptionTable): void {
  for (const [name, row] of Object.entries(table)) {
    const { flag, alias, help, rule } = row;
    if (flag === undefined) continue;
    const words = rule.choices ? `${help}: ${rule.choices.join(', ')}` : help;
    command.addOption(optionFrom(flag, words, name, row));
    if (alias === undefined) continue;
    command.addOption(
      optionFrom(alias, `the same as ${flag.split(',')[0]}`, name, row).default(undefined),
    );
  }
}

/** The values of a command's options, checked, with the defaults of those that were not given. */
export function valuesOf<Table extends OptionTable>(
  command: Command,
  table: Table,
): Resolved<Table> {
  return resolveOptions(table, command.opts() as OptionsOf<Table>);
}

function optionFrom(flag: string, help: string, name: string, row: OptionRow<unknown>): Option {
  const { rule, isRequired = false } = row;
  const option = new TableOption(flag, help, name, row).makeOptionMandatory(isRequired);
  if (!option.required) return option;
  const isShown = typeof rule.default !== 'object' && rule.default !== '';
  if (isShown) option.default(rule.default);
  return option.argParser((text: string, before: unknown) => {
    const value = rule.read(text, flagOf(option));
    if (value === undefined) {
      throw invalidOption(flagOf(option), expectedBy(row), rule.shown?.(text) ?? text);
    }
    // A default of one value is replaced by the first that is given.
    const isMore = rule.isRepeatable && Array.isArray(before);
    return isMore ? [...before, ...(value as unknown[])] : value;
  });
}

function expectedBy({ rule }: OptionRow<unknown>): string {
  return rule.expectedText ?? rule.expected;
}

/** The sentence for an option at the end of the line whose value is not there. */
export function missingValue(command: Command, message: string): string {
  const option = command.options.find(({ flags }) => message.includes(`'${flags}'`));
  if (!(option instanceof TableOption)) return message;
  return `Expected \`${flagOf(option)}\` to be ${expectedBy(option.row)}, got nothing`;
}

/** `--concurrency`, as error messages name it. */
function flagOf(option: Option): string {
  return option.long ?? option.short ?? option.flags;
}
