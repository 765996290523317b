/** What `flagprobe completion bash` prints. It runs in bash 3.2 too, which macOS has. */

import type { CompletedCommand, CompletedValue } from './completion-model.js';

/**
 * Readline cuts words at `:` and `=` and replaces only what stands behind the last cut, so the word at
 * the cursor is taken from the whole line, and its part before that cut is taken off each answer.
 */
const OFFER = `
_flagprobe_offer() {
  local head='' typed=$cur cut='' mark answer
  [ "$is_value" = yes ] && head="\${typed%%=*}=" && cur=\${typed#*=}
  if [ "$is_list" = yes ]; then
    case $cur in *,*) head="$head\${cur%,*}," cur=\${cur##*,} ;; esac
  fi
  for mark in = :; do
    case $COMP_WORDBREAKS in *"$mark"*) ;; *) continue ;; esac
    case $typed in *"$mark"*) ;; *) continue ;; esac
    mark=\${typed%"\${typed##*"$mark"}"}
    [ \${#mark} -gt \${#cut} ] && cut=$mark
  done
  while IFS= read -r answer; do
    answer=$head$answer
    COMPREPLY+=("\${answer#"$cut"}")
  done < <(
    [ -n "$words" ] && compgen -W "$words" -- "$cur"
    [ "$path" = file ] && compgen -f -- "$cur"
    [ "$path" = folder ] && compgen -d -- "$cur"
  )
  [ -z "$path" ] || compopt -o filenames 2>/dev/null
}
`;

/** What has been typed, and for which command. */
const START = `_flagprobe() {
  local line=\${COMP_LINE:0:COMP_POINT} is_value='' is_list='' words='' path='' command='' option word
  local cur=\${line##*[[:space:]]} before
  read -ra before <<< "\${line%"$cur"}"
  COMPREPLY=()
  for word in "\${before[@]:1}"; do`;

/** The option whose value is due, if one is. */
const OPTION = `  option=\${before[\${#before[@]}-1]}
  case $cur in --*=*) is_value=yes option=\${cur%%=*} ;; esac
  case "$command $option" in`;

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name);
  return [
    '# flagprobe completion for bash',
    OFFER,
    START,
    `    case $word in ${names.join('|')}) command=$word; break ;; esac`,
    '  done',
    OPTION,
    ...commands.flatMap(valueCases),
    '    *)',
    '      [ -z "$is_value" ] || return 0',
    '      case "$command $cur" in',
    ...commands.flatMap(wordCases),
    `        ' -'*) words='--help --version' ;;`,
    `        ' '*) words='${names.join(' ')}' ;;`,
    '      esac ;;',
    '  esac',
    '  _flagprobe_offer',
    '}',
    'complete -F _flagprobe flagprobe',
    '',
  ].join('\n');
}

/** What follows an option. */
function valueCases({ name, options }: CompletedCommand): string[] {
  return options.flatMap(({ flags, value }) => {
    if (!value) return [];
    const patterns = flags.map((flag) => `'${name} ${flag}'`).join('|');
    return [`    ${patterns}) ${assignments(value)} ;;`];
  });
}

/** What stands where no value is due: options behind a hyphen, else arguments. */
function wordCases({ name, options, argument }: CompletedCommand): string[] {
  const flags = options.map(({ flags: all }) => all.at(-1)).join(' ');
  return [
    `        '${name} -'*) words='${flags}' ;;`,
    ...(argument ? [`        '${name} '*) ${assignments(argument)} ;;`] : []),
  ];
}

function assignments({ words, path, isList }: CompletedValue): string {
  const list = words.map(([word]) => word).join(' ');
  return `words='${list}' path='${path ?? ''}' is_list='${isList ? 'yes' : ''}'`;
}
