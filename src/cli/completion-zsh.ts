/** What `flagprobe completion zsh` prints; to be sourced, or kept as `_flagprobe` in `$fpath`. */

import type { CompletedCommand, CompletedOption, CompletedValue } from './completion-model.js';

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, about }) => quoted(`${name}:${about}`));
  return [
    '#compdef flagprobe',
    ...commands.flatMap(describingFunctions),
    '_flagprobe() {',
    '  local context state state_descr line',
    '  typeset -A opt_args',
    `  _arguments -C '(- *)'{-h,--help}'[print help]' '(- *)'{-V,--version}'[print the version]' \\`,
    `    '1:command:->command' '*::argument:->argument'`,
    '  case $state in',
    '    command)',
    `      local -a names=(${names.join(' ')})`,
    '      _describe command names ;;',
    '    argument)',
    '      case $words[1] in',
    ...commands.flatMap(commandCase),
    '      esac ;;',
    '  esac',
    '}',
    `if [[ $funcstack[1] = _flagprobe ]]; then _flagprobe "$@"; else compdef _flagprobe flagprobe; fi`,
    '',
  ].join('\n');
}

/** A function for each set of words that are shown with what they stand for. */
function describingFunctions({ name, options, argument }: CompletedCommand): string[] {
  return [...options.map(({ value }) => value), argument].flatMap((value) => {
    if (!value || !isDescribed(value)) return [];
    const words = value.words.map(([word, about]) =>
      quoted(`${word.replaceAll(':', '\\:')}:${about}`),
    );
    const offered = `  local -a offered=(${words.join(' ')})`;
    return [`${functionOf(name, value)}() {`, offered, `  _describe ${value.name} offered`, '}'];
  });
}

function isDescribed({ words, path, isList }: CompletedValue): boolean {
  return words.some(([, about]) => about !== '') && path === undefined && !isList;
}

function functionOf(command: string, { name }: CompletedValue): string {
  return `_flagprobe_${command}_${name}`;
}

function commandCase({ name, options, argument }: CompletedCommand): string[] {
  const specs = options.flatMap((option) => optionSpecs(name, option));
  if (argument) specs.push(quoted(`*${valueSpec(name, argument)}`));
  return [
    `        ${name})`,
    '          _arguments -s \\',
    ...specs.map((spec, i) => `            ${spec}${i < specs.length - 1 ? ' \\' : ' ;;'}`),
  ];
}

/** `'(-f --format)-f+[how to print results]:format:(text names)'`, for each of the two flags. */
function optionSpecs(
  command: string,
  { flags, about, isRepeatable, value }: CompletedOption,
): string[] {
  const before = isRepeatable ? '*' : `(${flags.join(' ')})`;
  return flags.map((flag) => {
    const after = value === undefined ? '' : flag.startsWith('--') ? '=' : '+';
    const text = about.replaceAll(/[[\]\\]/g, '\\$&');
    return quoted(`${before}${flag}${after}[${text}]${value ? valueSpec(command, value) : ''}`);
  });
}

function valueSpec(command: string, value: CompletedValue): string {
  return `:${value.name}:${isDescribed(value) ? functionOf(command, value) : actionOf(value)}`;
}

function actionOf({ words, path, isList }: CompletedValue): string {
  const list = words.map(([word]) => word).join(' ');
  const files = path === 'file' ? '_files' : path === 'folder' ? '_files -/' : ' ';
  if (list === '') return files;
  if (path !== undefined) {
    // What stands before the last comma is complete.
    const rest = isList ? 'compset -P "*,"; ' : '';
    return `{${rest}compadd - ${list}; ${files}}`;
  }
  return isList ? `_sequence compadd - ${list}` : `(${list})`;
}

/** A text as one word of the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
