/** The lines of a list for download: its inputs as people and other programs write them. */

import { cleanLine } from '../names/clean-domain.js';
import type { LineReaderFor } from './input-sources.js';

/** Quotes and brackets around all of a line, and the comma that parts it from the next. */
const WRAPPED = /^(?:"([^"]+)"|'([^']+)'|<([^<>]+)>),?$/;
/** What belongs to the line above, as aria2 has it: `  out=name`. */
const OPTION = /^[ \t]+[a-z][a-z-]*=/;

/** One input a line, comments taken off; an option of the input above begins with a tab. */
export const downloadLines: LineReaderFor = () => (lines) => {
  const texts: string[] = [];
  for (const line of lines) {
    const text = cleanLine(line);
    if (text === undefined) continue;
    texts.push(OPTION.test(line) ? `\t${text}` : text.replace(WRAPPED, '$1$2$3'));
  }
  return texts;
};

/** Puts the options on lines of their own behind the inputs that they belong to. */
export async function* withOptions(
  lists: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
): AsyncGenerator<readonly string[], void, undefined> {
  // The options of a list's last input may be in the next list.
  let last: string | undefined;
  for await (const list of lists) {
    const whole: string[] = [];
    for (const text of list) {
      if (last !== undefined && text.startsWith('\t')) {
        last += text;
      } else {
        if (last !== undefined) whole.push(last);
        last = text;
      }
    }
    yield whole;
  }
  if (last !== undefined) yield [last];
}
