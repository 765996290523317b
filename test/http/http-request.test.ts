import { expect, it } from 'vitest';
import { getRequest, headerLines } from '../../src/http/http-request.js';

it('writes a request, and whom it is for', () => {
  const headers = headerLines(['accept', '*/*', 'x', '\xe4\t1']);
  expect(getRequest('/a?b', 'example.org:81', headers)).toBe(
    'GET /a?b HTTP/1.1\r\nhost: example.org:81\r\nconnection: keep-alive\r\naccept: */*\r\nx: \xe4\t1\r\n\r\n',
  );
});

it('leaves a host alone that the caller named', () => {
  const text = getRequest('/', '127.0.0.1', headerLines(['x', 'y', 'host', 'example.org']));
  expect(text.match(/host: .*/g)).toEqual(['host: example.org']);
});

it.each(['a\r\nx: y', 'a\nb', 'a\0b', 'a\x7fb', '\u{1f600}'])('sends no header %j', (value) => {
  expect(() => headerLines(['etag', value])).toThrow(TypeError);
});
