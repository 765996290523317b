/** How help looks: in groups, wrapped to the terminal, with notes and examples at its end. */

import { type Command, Help } from 'commander';
import type { OutputStream } from './streams.js';

/** One thing to try: what it does, and the command line. */
type Example = readonly [about: string, line: string];

/** What stands below the options of a command. */
export interface HelpEnd {
  /** Paragraphs. */
  readonly notes?: readonly string[];
  /** What each exit code from 0 on means. */
  readonly exitCodes?: readonly string[];
  readonly examples?: readonly Example[];
}

const MIN_WIDTH = 40;
/** Longer lines are hard to read. */
const MAX_WIDTH = 100;
/** What is known where the output is no terminal. */
const DEFAULT_WIDTH = 80;
/** Options that are longer have their text on the next line. */
const MAX_TERM_WIDTH = 26;
/** A column of text that is narrower goes below its option instead. */
const MIN_TEXT_WIDTH = 40;
const INDENT = '  ';
const STACKED_INDENT = '      ';

const wrapper = new Help();
wrapper.minWidthToWrap = MIN_WIDTH / 2;

export function widthOf({ columns }: OutputStream): number {
  return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns ?? DEFAULT_WIDTH));
}

/** Sets the layout of a program and of the commands that are added to it. */
export function layOutHelp(program: Command, helpWidth: number): void {
  program.configureHelp({
    helpWidth,
    minWidthToWrap: MIN_WIDTH / 2,
    styleUsage: (usage) => ('Usage: '.length + usage.length > helpWidth ? `\n${usage}` : usage),
    formatItem(term, termWidth, text) {
      const column = INDENT.length + Math.min(termWidth, MAX_TERM_WIDTH) + 2;
      const isBeside = helpWidth - column >= MIN_TEXT_WIDTH;
      const indent = isBeside ? ' '.repeat(column) : STACKED_INDENT;
      const lines = wrapped(text, helpWidth, indent);
      const head = `${INDENT}${term}`;
      return isBeside && head.length + 2 <= column
        ? head + lines.slice(head.length)
        : `${head}\n${lines}`;
    },
  });
}

const ends = new WeakMap<Command, HelpEnd>();

/** The notes and examples of a command. */
export function helpEndOf(command: Command): HelpEnd {
  return ends.get(command) ?? {};
}

/** Adds notes and examples to the help of a command. */
export function addHelpEnd(command: Command, end: HelpEnd, stdout: OutputStream): void {
  ends.set(command, end);
  command.addHelpText('after', () => endText(end, widthOf(stdout)));
}

function endText({ notes = [], exitCodes = [], examples = [] }: HelpEnd, width: number): string {
  const codes = exitCodes.map((meaning, code) => `${code} ${meaning}`).join(', ');
  const texts = [...notes, ...(codes === '' ? [] : [`Exit codes: ${codes}.`])];
  const paragraphs = texts.map((text) => wrapped(text, width, ''));
  const lines = examples.map(([about, line]) => {
    return `${wrapped(`${about}:`, width, INDENT)}\n${INDENT}${INDENT}${line}`;
  });
  if (lines.length > 0) paragraphs.push(`Examples:\n${lines.join('\n')}`);
  return paragraphs.map((paragraph) => `\n${paragraph}`).join('\n');
}

/** A text in lines of at most this width, each behind the indent. */
function wrapped(text: string, width: number, indent: string): string {
  return wrapper.boxWrap(text, width - indent.length).replaceAll(/^/gm, indent);
}
