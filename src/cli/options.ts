/** The options that every command has that prints results. */

import { type Command, Option } from 'commander';
import { choice, listOf, type Rule } from '../options/rule.js';
import { type FormatName, formatNames } from '../output/index.js';
import { progressKinds } from './progress.js';
import { ruled } from './rule-option.js';

/** What the options below come to. */
export interface CommonFlags {
  readonly format: FormatName;
  readonly only?: readonly string[];
  readonly expect?: readonly string[];
  readonly ordered?: boolean;
  readonly output?: string;
  readonly progress: (typeof progressKinds)[number];
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** @param statuses what `--only` and `--expect` take */
export function addCommonOptions(
  command: Command,
  kind: keyof typeof formatNames,
  statuses: readonly string[],
): void {
  const status: Rule<readonly string[]> = listOf(statuses);
  command
    .addOption(
      ruled('-f, --format <format>', 'how results are written', choice(formatNames[kind], 'text')),
    )
    .addOption(
      ruled('--only <status,...>', 'write only these results; the summary counts all', status),
    )
    .addOption(
      ruled('--expect <status,...>', 'exit with 3 if an answered input has another', status),
    )
    .addOption(new Option('--ordered', 'keep the order of the input'))
    .addOption(new Option('-o, --output <file>', 'write results there, not to standard output'))
    .addOption(ruled('--progress <kind>', 'what is shown meanwhile', choice(progressKinds, 'auto')))
    .addOption(new Option('-q, --quiet', 'nothing on standard error but errors'));
}
