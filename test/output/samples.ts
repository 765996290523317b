/** One result of each kind, for the tests of the formats. */

import type { DownloadResult, ProbeResult } from '../../src/core/model.js';
import type { OutputStyle } from '../../src/output/format.js';

export const plain: OutputStyle = { isTerminal: false, records: false, paint: (_, text) => text };

const from = { resolver: '192.0.2.53:53', transport: 'udp' };

export const probed: readonly ProbeResult[] = [
  {
    name: 'www.example.com',
    input: 'WWW.example.com.',
    status: 'found',
    rcode: 'NOERROR',
    records: [
      { name: 'www.example.com', type: 'CNAME', ttl: 60, data: 'example.com.' },
      { name: 'example.com', type: 'A', ttl: 300, data: '192.0.2.1' },
    ],
    ...from,
    ms: 1.5,
  },
  {
    name: 'local.example',
    input: 'local.example',
    status: 'found',
    records: [{ name: 'local.example', type: 'AAAA', ttl: 0, data: '2001:db8::1' }],
    resolver: 'system',
    transport: 'system',
    ms: 0,
  },
  {
    name: 'gone.example',
    input: 'gone.example',
    status: 'missing',
    reason: 'nxdomain',
    rcode: 'NXDOMAIN',
    records: [],
    ...from,
    ms: 2,
  },
  {
    name: 'alias.example',
    input: 'alias.example',
    status: 'missing',
    reason: 'nodata',
    rcode: 'NXDOMAIN',
    records: [{ name: 'alias.example', type: 'CNAME', ttl: 60, data: 'gone.example.' }],
    ...from,
    ms: 3,
  },
  {
    name: 'xn--bcher-kva.example',
    input: 'bücher.example',
    status: 'unknown',
    reason: 'servfail',
    rcode: 'SERVFAIL',
    ...from,
    ms: 400.2,
  },
  {
    name: 'wild.example',
    input: 'wild.example',
    status: 'found',
    rcode: 'NOERROR',
    records: [{ name: 'wild.example', type: 'A', ttl: 60, data: '192.0.2.9' }],
    ...from,
    ms: 4,
    wildcard: true,
  },
  {
    name: 'open.example',
    input: 'open.example',
    status: 'found',
    rcode: 'NOERROR',
    records: [{ name: 'open.example', type: 'A', ttl: 60, data: '192.0.2.9' }],
    ...from,
    ms: 4,
    wildcard: 'unchecked',
  },
  {
    name: 'any.example',
    input: 'any.example',
    status: 'missing',
    reason: 'wildcard',
    rcode: 'NOERROR',
    records: [{ name: 'any.example', type: 'A', ttl: 60, data: '192.0.2.9' }],
    ...from,
    ms: 4,
    wildcard: true,
  },
  {
    name: 'dangling.example',
    input: 'dangling.example',
    status: 'unknown',
    reason: 'refused',
    rcode: 'REFUSED',
    records: [{ name: 'dangling.example', type: 'CNAME', ttl: 60, data: 'left.example.net.' }],
    ...from,
    ms: 5,
    extendedErrors: [
      { code: 18, text: 'not "yours"\u001b[2J' },
      { code: 4000, text: '' },
    ],
  },
  { name: 'slow.example', input: 'slow.example', status: 'unknown', reason: 'timeout', ms: 15000 },
  { name: 'a,"b"..c', input: 'a,"b"..c', status: 'invalid', reason: 'empty-label', ms: 0 },
];

const url = (cc: string) => `https://flags.example/${cc}/${cc}.gif`;

export const downloaded: readonly DownloadResult[] = [
  {
    code: 'BR',
    url: url('br'),
    status: 'ok',
    httpStatus: 200,
    file: 'downloaded/BR.gif',
    bytes: 1024,
    attempts: 1,
    ms: 12.5,
  },
  {
    code: 'CN',
    url: url('cn'),
    status: 'unchanged',
    httpStatus: 304,
    file: 'downloaded/CN.gif',
    bytes: 2048,
    attempts: 1,
    ms: 3,
  },
  { code: 'XX', url: url('xx'), status: 'not_found', httpStatus: 404, attempts: 1, ms: 4 },
  {
    code: 'ZZ',
    url: url('zz'),
    status: 'error',
    reason: 'http',
    httpStatus: 418,
    message: "HTTP error 418 - I'm a teapot",
    attempts: 4,
    ms: 900,
  },
  {
    code: '',
    url: 'https://flags.example/a,b.gif',
    status: 'error',
    reason: 'timeout',
    message: 'not answered within 6.1 s',
    attempts: 4,
    ms: 24400,
  },
  {
    code: 'no code',
    url: '',
    status: 'error',
    reason: 'bad-code',
    message: 'neither a country code nor a URL',
    attempts: 0,
    ms: 0,
  },
];
