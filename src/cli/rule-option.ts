/** From a command line to typed flags: commander, with the rules of the option table. */

import { type Command, Option } from 'commander';
import { type Rule, wrong } from '../options/rule.js';

/** What the values of an option are, in words. */
const expectations = new WeakMap<Option, string>();

/** An option whose values, default and error text come from its rule. */
export function ruled<T>(flags: string, description: string, rule: Rule<T>): Option {
  const option = new Option(flags, describe(description, rule));
  expectations.set(option, rule.expected);
  const isList = Array.isArray(rule.or);
  if (typeof rule.or !== 'object') option.default(rule.or);
  return option.argParser((text: string, before: T | undefined) => {
    const value = rule.read(text);
    if (value === undefined) throw wrong(flagOf(option), rule.expected, text);
    return isList && Array.isArray(before) ? ([...before, ...(value as unknown[])] as T) : value;
  });
}

/** The same for an option that may be given several times: its values are a list. */
export function ruledEach<T>(flags: string, description: string, rule: Rule<T>): Option {
  const option = new Option(flags, describe(description, rule));
  expectations.set(option, rule.expected);
  // The default is no list: it gives way to the first value.
  return option
    .default(rule.or)
    .argParser((text: string, before: readonly string[] | T | undefined) => {
      if (rule.read(text) === undefined) throw wrong(flagOf(option), rule.expected, text);
      return Array.isArray(before) ? [...before, text] : [text];
    });
}

/** An option that may be given several times. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: string[] | undefined) => [
    ...(before ?? []),
    text,
  ]);
}

/** The sentence for an option at the end of the line whose value is not there. */
export function missingValue(command: Command, message: string): string {
  const option = command.options.find(({ flags }) => message.includes(`'${flags}'`));
  if (!option) return message;
  const expected = expectations.get(option) ?? /<.*>/.exec(option.flags)?.[0];
  return `Expected \`${flagOf(option)}\` to be ${expected}, got nothing`;
}

function describe(description: string, rule: Rule<unknown>): string {
  return rule.choices ? `${description}: ${rule.choices.join(', ')}` : description;
}

/** `--concurrency`, as error messages name it. */
function flagOf(option: Option): string {
  return option.long ?? option.short ?? option.flags;
}
