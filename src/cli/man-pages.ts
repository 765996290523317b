/**
 * Writes the man pages, in man(7), from what the commands say of themselves. It is a program of its own,
 * which the build runs: `node dist/cli/man-pages.js FOLDER`.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { VERSION } from '../core/version.js';
import { openProgram } from './commands.js';
import { helpEndOf } from './help.js';
import { processStreams } from './streams.js';

interface Page {
  readonly name: string;
  readonly about: string;
  readonly body: readonly string[];
}

/** Text as it stands: hyphens that can be searched for, nothing that is taken for a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}

/** Text in lines that are no longer than mandoc asks for; a pair of backslash and letter is two. */
function prose(text: string): string {
  return roff(text)
    .replaceAll(/(?=.{80})(.{1,79}) /g, '$1\n')
    .replaceAll(/\n(?=[.'])/g, '\n\\&');
}

const bold = (text: string) => `\\fB${roff(text)}\\fR`;
const italic = (text: string) => `\\fI${roff(text)}\\fR`;

function pageText({ name, about, body }: Page): string {
  const builtAt = new Date(Number(process.env.SOURCE_DATE_EPOCH ?? Date.now() / 1000) * 1000);
  const date = builtAt.toISOString().slice(0, 10);
  return [
    `.TH ${name.toUpperCase()} 1 ${date} "flagprobe ${VERSION}"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(about)}`,
    ...body,
    '',
  ].join('\n');
}

function programPage(program: Command): Page {
  const { commands, options } = program;
  const pages = commands.map((command) => `flagprobe-${command.name()}`);
  return {
    name: 'flagprobe',
    about: 'look up domain names, download flags, very many at once',
    body: [
      '.SH SYNOPSIS',
      `${bold('flagprobe')} ${italic('command')} [options] [input...]`,
      '.SH DESCRIPTION',
      ...program.description().split('\n').map(prose),
      '.SH COMMANDS',
      ...commands.flatMap((command, i) => [
        ...['.TP', `.BR ${roff(pages[i] ?? '')} (1)`, roff(sentence(summaryOf(command)))],
      ]),
      '.SH OPTIONS',
      ...options.flatMap(optionItem),
      ...seeAlso(pages),
    ],
  };
}

function commandPage(command: Command): Page {
  const { notes = [], exitCodes = [], examples = [] } = helpEndOf(command);
  const [argument] = command.registeredArguments;
  return {
    name: `flagprobe-${command.name()}`,
    about: summaryOf(command),
    body: [
      '.SH SYNOPSIS',
      `${bold(`flagprobe ${command.name()}`)} [options] ${argument ? roff(synopsisOf(argument)) : ''}`.trimEnd(),
      '.SH DESCRIPTION',
      ...[command.description(), ...notes].flatMap((text, i) => [
        ...(i > 0 ? ['.PP'] : []),
        prose(text),
      ]),
      ...(argument ? argumentSection(argument) : []),
      '.SH OPTIONS',
      ...optionGroups(command),
      ...(exitCodes.length > 0 ? exitStatus(exitCodes) : []),
      ...environment(command),
      ...(examples.length > 0 ? ['.SH EXAMPLES'] : []),
      ...examples.flatMap(([about, line]) => [
        ...['.TP', roff(`${about}:`), '.EX', roff(line), '.EE'],
      ]),
      ...seeAlso(['flagprobe']),
    ],
  };
}

/** `[name...]` */
function synopsisOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? name : `[${name}]`;
}

function argumentSection(argument: Argument): readonly string[] {
  return ['.SH ARGUMENTS', '.TP', italic(argument.name()), prose(`${argument.description}.`)];
}

/** Options below the headings that they have in the help. */
function optionGroups(command: Command): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const option of command.createHelp().visibleOptions(command)) {
    const heading = option.helpGroupHeading?.replace(/:$/, '') ?? 'Help';
    const items = groups.get(heading) ?? [];
    groups.set(heading, items);
    items.push(...optionItem(option));
  }
  return [...groups].flatMap(([heading, items]) => [`.SS ${roff(heading)}`, ...items]);
}

function optionItem(option: Option): readonly string[] {
  const { flags, description, defaultValue, defaultValueDescription, envVar } = option;
  const notes = [
    ...(defaultValue === undefined ? [] : [`The default is ${defaultValueDescription}.`]),
    ...(envVar === undefined ? [] : [`The environment variable ${envVar} sets the default.`]),
  ];
  const [, names = flags, value] = /^([^<]*?)(?: <(.+)>)?$/.exec(flags) ?? [];
  const term = names.split(', ').map(bold).join(', ');
  return [
    '.TP',
    value === undefined ? term : `${term} ${italic(value)}`,
    ...[sentence(description), ...notes].map(prose),
  ];
}

function exitStatus(meanings: readonly string[]): readonly string[] {
  return [
    '.SH EXIT STATUS',
    ...meanings.flatMap((meaning, code) => ['.TP', bold(String(code)), prose(sentence(meaning))]),
    '.PP',
    prose(
      'After SIGINT, SIGTERM or SIGHUP the results so far are written and summed up, and the ' +
        'process ends by that signal: 130, 143 or 129 in a shell.',
    ),
  ];
}

function environment({ options }: Command): readonly string[] {
  const variables = options.flatMap(({ envVar, long }) => (envVar ? [[envVar, long]] : []));
  if (variables.length === 0) return [];
  return [
    '.SH ENVIRONMENT',
    ...variables.flatMap(([name = '', long = '']) => [
      ...['.TP', bold(name), `${roff('Stands for')} ${bold(long)} where that is not given.`],
    ]),
    '.TP',
    `${bold('NO_COLOR')}, ${bold('FORCE_COLOR')}`,
    prose('Whether results are colored, unless --color says otherwise.'),
  ];
}

function seeAlso(names: readonly string[]): readonly string[] {
  const last = names.length - 1;
  return [
    '.SH SEE ALSO',
    ...names.map((name, i) => `.BR ${roff(name)} (1)${i < last ? ' ,' : ''}`),
  ];
}

function summaryOf(command: Command): string {
  return command.summary().split('\n')[0] ?? '';
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replace(/([.?!])\.$/, '$1');
}

const [, , folder = 'man'] = process.argv;
const program = await openProgram(processStreams);
mkdirSync(folder, { recursive: true });
for (const page of [programPage(program), ...program.commands.map(commandPage)]) {
  writeFileSync(join(folder, `${page.name}.1`), pageText(page));
}
