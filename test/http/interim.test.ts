import { expect, it } from 'vitest';
import { ContinueFilter } from '../../src/http/interim.js';

const head = 'HTTP/1.1 100 Continue\r\nx: 100\r\n\r\n';
const final = 'HTTP/1.1 200 OK\r\ncontent-length: 34\r\n\r\n';

it.each([
  [final + head, final + head],
  [head + final + head, head.replace(' 100 C', ' 102 C') + final + head],
  [
    `HTTP/1.1 103 x\r\n\r\n${head}${head}${final}`,
    `HTTP/1.1 103 x\r\n\r\n${head}${head}${final}`.replaceAll(' 100 C', ' 102 C'),
  ],
  ['HTTP/1.0 100 x\n\nHTTP/1.0 100 x\n\n', 'HTTP/1.0 102 x\n\nHTTP/1.0 102 x\n\n'],
])('changes the 100 of interim answers and nothing else, wherever bytes are cut', (text, right) => {
  const cuts = Array.from({ length: text.length }, (_, cut) => cut);
  for (const cut of cuts) {
    const filter = new ContinueFilter();
    filter.begin();
    const bytes = Buffer.from(text);
    filter.apply(bytes.subarray(0, cut));
    filter.apply(bytes.subarray(cut));
    expect(bytes.toString()).toBe(right);
  }
});
