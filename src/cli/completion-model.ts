/** What there is to complete, as the scripts for all shells need it. */

import type { Command, Option } from 'commander';
import type { Completes, Word } from '../options/table.js';
import { completesOf, rowOf } from './commander-options.js';

export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
  readonly argument: CompletedValue | undefined;
}

export interface CompletedOption {
  /** `-f`, `--format`. */
  readonly flags: readonly string[];
  readonly about: string;
  readonly isRepeatable: boolean;
  /** Undefined for an option that takes none. */
  readonly value: CompletedValue | undefined;
}

export interface CompletedValue {
  /** `format`. */
  readonly name: string;
  readonly words: readonly Word[];
  readonly path: 'file' | 'folder' | undefined;
  /** Several words are joined by commas. */
  readonly isList: boolean;
}

/** The commands of a program, `help` too. */
export function completedCommands(program: Command): readonly CompletedCommand[] {
  const commands = program.commands.map(completedCommand);
  const names = commands.map(({ name, about }): Word => [name, about]);
  const argument = completedValue('command', { words: names });
  const help = { name: 'help', about: 'print the help of a command', options: [], argument };
  return [...commands, help];
}

function completedCommand(command: Command): CompletedCommand {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    about: command.summary().split('\n')[0] ?? '',
    options: command.createHelp().visibleOptions(command).map(completedOption),
    argument: argument && completedValue(argument.name(), completesOf(argument)),
  };
}

function completedOption(option: Option): CompletedOption {
  const { short, long, flags, description } = option;
  const { rule, completes = {} } = rowOf(option) ?? {};
  const words = rule?.choices?.map((each): Word => [each, '']);
  const name = /<([\w-]+)/.exec(flags)?.[1];
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    // The choices, which help adds to it, are what the shell offers.
    about: description.replace(`: ${rule?.choices?.join(', ')}`, ''),
    isRepeatable: rule?.isRepeatable === true,
    value:
      name === undefined
        ? undefined
        : {
            ...completedValue(name, { ...(words && { words }), ...completes }),
            isList: flags.includes(',...'),
          },
  };
}

function completedValue(name: string, { words = [], path }: Completes): CompletedValue {
  return { name, words: typeof words === 'function' ? words() : words, path, isList: false };
}
