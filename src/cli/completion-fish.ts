/** What `flagprobe completion fish` prints. */

import type { CompletedCommand, CompletedOption, CompletedValue } from './completion-model.js';

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const isFirst = `-n '__fish_use_subcommand'`;
  return [
    '# flagprobe completion for fish',
    'complete -c flagprobe -e',
    'complete -c flagprobe -f',
    ...commands.map(
      ({ name, about }) => `complete -c flagprobe ${isFirst} -a ${name} -d ${quoted(about)}`,
    ),
    `complete -c flagprobe ${isFirst} -s h -l help -d 'print help'`,
    `complete -c flagprobe ${isFirst} -s V -l version -d 'print the version'`,
    ...commands.flatMap(ofCommand),
    '',
  ].join('\n');
}

function ofCommand({ name, options, argument }: CompletedCommand): string[] {
  const start = `complete -c flagprobe -n '__fish_seen_subcommand_from ${name}'`;
  const lines = options.map((option) => `${start} ${ofOption(option)}`);
  if (argument && argument.words.length > 0) lines.push(`${start} ${ofValue(argument)}`);
  return lines;
}

function ofOption({ flags, about, value }: CompletedOption): string {
  const names = flags.map((flag) => flag.replace(/^--/, '-l ').replace(/^-(?=\w$)/, '-s '));
  const parts = [...names, `-d ${quoted(about)}`];
  if (value) parts.push(value.path === 'file' ? '-r -F' : '-x', ofValue(value));
  return parts.join(' ').trimEnd();
}

function ofValue({ words, path, isList }: CompletedValue): string {
  // Without a tab behind it, each word would have the description of the option.
  const lines = words.map(([word, about]) => quoted(`${word}\t${about}`));
  const commands = [
    ...(isList
      ? [`__fish_append , ${lines.join(' ')}`]
      : lines.length > 0
        ? [`string join \\n ${lines.join(' ')}`]
        : []),
    ...(path === 'folder' ? ['__fish_complete_directories'] : []),
  ];
  return commands.length === 0 ? '' : `-a ${quoted(`(${commands.join('; ')})`)}`;
}

/** As one word of fish, where a backslash in single quotes escapes. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
