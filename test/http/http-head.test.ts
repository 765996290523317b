import { expect, it } from 'vitest';
import { type HttpHead, readHead } from '../../src/http/http-head.js';

function read(text: string, from = 0, more = ''): HttpHead | string | undefined {
  const bytes = Buffer.from(`${'#'.repeat(from)}${text}${more}`, 'latin1');
  return readHead(bytes, from, bytes.length);
}

function right(text: string): HttpHead {
  const head = read(text);
  if (typeof head !== 'object') throw new Error(`no head: ${head}`);
  return head;
}

it('reads the status line and the headers that somebody looks at', () => {
  const head = right(
    'HTTP/1.1 404 Not here\r\nServer: x\r\nETag:  "a b" \t\r\nLAST-modified: Mon\r\nX: y\r\n\r\n',
  );
  expect(head).toMatchObject({ status: 404, phrase: 'Not here' });
  expect(head.header('etag')).toBe('"a b"');
  expect(head.header('last-modified')).toBe('Mon');
  expect(head.header('location')).toBeUndefined();
});

it('begins anywhere in the bytes, and says where the body begins', () => {
  const text = 'HTTP/1.1 200 OK\r\nlocation: /x\r\n\r\n';
  const head = read(text, 7, 'GIF89a\r\n\r\n');
  expect(head).toMatchObject({ status: 200, size: text.length });
  expect((head as HttpHead).header('location')).toBe('/x');
});

it('waits for the rest, whatever it was cut after', () => {
  const text = 'HTTP/1.1 200 OK\r\nserver: x\r\netag: "y"\r\n\r\n';
  for (let cut = 0; cut < text.length; cut++) expect(read(text.slice(0, cut))).toBeUndefined();
  expect(read(text)).toMatchObject({ status: 200 });
});

it.each([
  ['lines that end without a CR', 'HTTP/1.1 200 OK\netag: "y"\n\n'],
  ['a status without words', 'HTTP/1.1 200\r\netag: "y"\r\n\r\n'],
  ['a status with a space for words', 'HTTP/1.1 200 \r\netag: "y"\r\n\r\n'],
  ['a value that goes on in the next line', 'HTTP/1.1 200 OK\r\netag:\r\n\t"y"\r\n\r\n'],
  ['a value of another header that goes on', 'HTTP/1.1 200 OK\r\nx: 1\r\n  2\r\netag:"y"\r\n\r\n'],
  ['letters of another alphabet', 'HTTP/1.1 200 \xe4\r\nx: \xe4\r\netag: "y"\r\n\r\n'],
  ['a later minor version', 'HTTP/1.2 200 OK\r\netag: "y"\r\n\r\n'],
])('takes %s', (_name, text) => {
  expect(right(text).header('etag')).toBe('"y"');
});

it.each([
  ['another protocol', 'SSH-2.0-x\r\n'],
  ['another protocol, from its first byte', 'S'],
  ['HTTP/2', 'HTTP/2 200\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n'],
  ['a status that is no number', 'HTTP/1.1 2x0 OK\r\n'],
  ['two spaces before the status', 'HTTP/1.1  200 OK\r\n'],
  ['a control character in its words', 'HTTP/1.1 200 O\x1bK\r\n'],
])('turns away %s', (_name, text) => {
  expect(read(text)).toBe('no status line of HTTP/1');
});

it.each([
  ['a line without a colon', 'x\r\n', 'a line that is no header'],
  ['a name that is empty', ': x\r\n', 'a line that is no header'],
  ['a space before the colon', 'etag : x\r\n', 'a line that is no header'],
  ['a NUL', 'x: a\0b\r\n', 'a control character'],
  ['a CR that ends no line', 'x: a\rb\r\n', 'a control character'],
])('turns away %s', (_name, line, trouble) => {
  expect(read(`HTTP/1.1 200 OK\r\n${line}`)).toBe(trouble);
});

it.each([
  ['content-length: 17', 17],
  ['content-length: 0', 0],
  ['content-length: 5\r\ncontent-length: 5', 5],
  ['content-length: 5, 5', 5],
  ['content-length: 5\r\ncontent-length: 6', undefined],
  ['content-length: 5, 55', undefined],
  ['content-length: +5', undefined],
  ['content-length: 5x', undefined],
  ['content-length: -1', undefined],
  ['content-length:', undefined],
  ['content-length: 12345678901234567890', undefined],
  ['transfer-encoding: chunked', 'chunked'],
  ['transfer-encoding: Chunked\r\ncontent-length: 5', 'chunked'],
  ['transfer-encoding: gzip, chunked', undefined],
  ['transfer-encoding: gzip\r\ntransfer-encoding: chunked', undefined],
  ['transfer-encoding: identity', undefined],
  ['x: y', 'close'],
])('%s: the body ends with %s', (lines, framing) => {
  expect(right(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`).framing).toBe(framing);
});

it.each([204, 304])('%i has no body, whatever its headers say', (status) => {
  expect(right(`HTTP/1.1 ${status} x\r\ncontent-length: 5\r\n\r\n`).framing).toBe(0);
});

it.each([
  ['1.1', 'x: y', true],
  ['1.1', 'connection: close', false],
  ['1.1', 'Connection: x, CLOSE', false],
  ['1.1', 'connection: x\r\nconnection: close', false],
  ['1.1', 'connection: closed', true],
  ['1.0', 'x: y', false],
  ['1.0', 'connection: Keep-Alive', true],
  ['1.0', 'connection: x,keep-alive', true],
  ['1.0', 'connection: keep-alive, close', false],
])('HTTP/%s with %s: the connection is kept: %s', (version, line, isKept) => {
  expect(right(`HTTP/${version} 200 OK\r\n${line}\r\n\r\n`).isKept).toBe(isKept);
});
