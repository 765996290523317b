/** A file small enough to be held in memory, one item a line. */

import { readFileSync, statSync } from 'node:fs';
import { systemReason } from '../core/run-error.js';
import { UsageError } from '../core/usage-error.js';
import { cleanLine } from '../names/clean-domain.js';
import { invalidOption } from '../options/rule.js';
import { decodeText, LINE_END } from './decode-lines.js';

/**
 * The lines of a file without comments and blank lines. Throws a {@link UsageError} if it cannot be
 * read.
 *
 * @param option the option that names the file, and what it is expected to be
 */
export function readLineList(path: string, option: string, expected: string): string[] {
  const lines = readAllLines(path, option, expected);
  return lines.map(cleanLine).filter((line) => line !== undefined);
}

/**
 * Every line of a file, as it stands there; otherwise as {@link readLineList}.
 *
 * @param onBadLine told the number of the first line that is no UTF-8
 */
export function readAllLines(
  path: string,
  option: string,
  expected: string,
  onBadLine?: (line: number) => void,
): string[] {
  try {
    return decodeText(readFileSync(path), onBadLine).split(LINE_END);
  } catch (error) {
    const { message } = invalidOption(option, expected, path);
    throw new UsageError(`${message}: ${systemReason(error)}`);
  }
}

/** Whether a text that was not meant as the name of a file is one. */
export function isFile(text: string): boolean {
  return statSync(text, { throwIfNoEntry: false })?.isFile() === true;
}
