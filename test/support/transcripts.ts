import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { shell } from './cli.js';
import { runInProcess } from './in-process.js';
import { temporaryFolder } from './temporary-folder.js';

/** One `$ command` of a document, and the lines that are printed below it there. */
interface Step {
  readonly command: string;
  readonly shown: readonly string[];
}

const consoleBlock = /^```console\n(.*?)^```$/gms;
/** The files that the commands of the documents read: each document runs in a copy of this folder. */
const files = fileURLToPath(new URL('../docs/files', import.meta.url));
/** Stands where a transcript leaves lines out. */
const ELISION = '…';
/** A command line that needs no shell: nothing outside of single quotes is special there. */
const PLAIN_CALL = /^flagprobe ((?:'[^']*'|[^'"`$|&;<>()*?\\#])*)$/;

/**
 * Runs every command that a Markdown document shows in its `console` blocks, one after the other,
 * and returns the document with what they printed: unchanged where only times and ports differ.
 */
export async function replayed(document: string): Promise<string> {
  const blocks = [...document.matchAll(consoleBlock)].map(([, text]) => stepsOf(text as string));
  const outputs = await runAll(blocks.flat().map(({ command }) => command));
  let next = 0;
  let block = 0;
  return document.replace(consoleBlock, () => {
    const steps = blocks[block++] as Step[];
    const texts = steps.map(({ command, shown }) => {
      const printed = outputs[next++] as string[];
      const lines = isSame(shown, printed) ? shown : printed;
      return [`$ ${command}`, ...lines].map((line) => `${line}\n`).join('');
    });
    return `\`\`\`console\n${texts.join('')}\`\`\``;
  });
}

/** The number of commands that a document shows. */
export function countCommands(document: string): number {
  return [...document.matchAll(consoleBlock)].flatMap(([, text]) => stepsOf(text as string)).length;
}

function stepsOf(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = '', ...shown] = text.split('\n').slice(0, -1);
      return { command, shown };
    });
}

/** What each command prints on both streams, as lines. They share a folder and its files. */
async function runAll(commands: readonly string[]): Promise<string[][]> {
  await using folder = await temporaryFolder();
  await cp(files, folder.path, { recursive: true });
  const before = process.cwd();
  process.chdir(folder.path);
  try {
    const outputs: string[][] = [];
    for (const command of commands) outputs.push(linesOf(await run(command, folder.path)));
    return outputs;
  } finally {
    process.chdir(before);
  }
}

/** A plain call is made in this process, which takes a fraction of the time. */
async function run(command: string, folder: string): Promise<string> {
  const [, args] = PLAIN_CALL.exec(command) ?? [];
  const { stdout, stderr } =
    args === undefined
      ? await shell(`exec 2>&1; cd '${folder}'; ${command}`, { LC_ALL: 'C' })
      : await runInProcess(wordsOf(args));
  return stdout + stderr;
}

/** The words of a command line; single quotes keep one together. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Results are printed as they settle, so their order says nothing. */
function isSame(shown: readonly string[], printed: readonly string[]): boolean {
  const left = printed.map(timeless);
  for (const line of shown) {
    if (line === ELISION) continue;
    const at = left.indexOf(timeless(line));
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return left.length === 0 || shown.includes(ELISION);
}

/** A line without what differs from run to run: times, rates, and ports that were free. */
function timeless(line: string): string {
  return line
    .replace(/\d+\.\d\d s, [\d,]+ names a second/, 'TIME')
    .replace(/Elapsed time: \d+\.\d\ds/, 'TIME')
    .replace(/"ms":[\d.]+/, '"ms":TIME')
    .replace(/"time":"[^"]+"/, '"time":"TIME"')
    .replaceAll(/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:PORT');
}
