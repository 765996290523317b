/** Lines out of a byte stream. */

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Nothing that we read is longer; the rest of such a line is left out, so that memory stays bounded. */
const MAX_LINE = 65_536;

/**
 * Yields the lines of a UTF-8 stream, all of one chunk at a time, without line ends (LF or CRLF)
 * and without a byte order mark. A last line without an end counts.
 */
export async function* readLines(stream: Readable): AsyncGenerator<string[], void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isFirst = true;
  for await (const chunk of stream) {
    let text = decoder.write(chunk);
    if (isFirst && text !== '') {
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      isFirst = false;
    }
    const lines = text.split('\n');
    lines[0] = rest + lines[0];
    rest = (lines.pop() as string).slice(0, MAX_LINE);
    if (lines.length > 0) yield lines.map(cut);
  }
  rest += decoder.end();
  if (rest !== '') yield [cut(rest)];
}

function cut(line: string): string {
  const end = line.endsWith('\r') ? line.length - 1 : line.length;
  return line.slice(0, Math.min(end, MAX_LINE));
}
