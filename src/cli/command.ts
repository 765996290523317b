/** A command as data: what it takes, what it says about itself, and what it does. */

import type { Command } from 'commander';
import type { OptionTable, Resolved } from '../options/table.js';
import {
  addOptions,
  type CommandArgument,
  namedFiles,
  TableArgument,
  valuesOf,
} from './commander-options.js';
import type { ExitCode } from './exit-codes.js';
import { addHelpEnd, type HelpEnd } from './help.js';
import { implyFormat } from './implied-format.js';
import { checkOutput } from './output-check.js';
import { type Streams, sayTo } from './streams.js';

export interface CommandDefinition<Table extends OptionTable> extends HelpEnd {
  /** The arguments as help shows them, and its line about them. */
  readonly argument?: CommandArgument;
  readonly options: Table;
  /** @param program what the command is one of */
  run(
    args: readonly string[],
    flags: Resolved<Table>,
    streams: Streams,
    program: Command,
  ): Promise<ExitCode>;
}

/** Adds arguments, options and action to a command of commander. */
export type Define = (command: Command, streams: Streams, onEnd: (code: ExitCode) => void) => void;

export function defineCommand<Table extends OptionTable>({
  argument,
  options,
  run,
  ...end
}: CommandDefinition<Table>): Define {
  return (command, streams, onEnd) => {
    if (argument) command.addArgument(new TableArgument(argument));
    addOptions(command, options);
    addHelpEnd(command, end, streams.stdout);
    command.action(async () => {
      const program = command.parent ?? command;
      const remark = implyFormat(command);
      const values = valuesOf(command, options);
      if (Object.hasOwn(options, 'output')) {
        const { output, quiet = false } = values as {
          readonly output?: string;
          readonly quiet?: boolean;
        };
        const hasJournal = Object.hasOwn(options, 'resume');
        await checkOutput({ output, hasJournal }, namedFiles(command, 'output'), streams);
        if (remark !== undefined) sayTo(streams, quiet)(remark);
      }
      onEnd(await run(command.args, values, streams, program));
    });
  };
}
