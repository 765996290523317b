import { expect, it } from 'vitest';
import { httpFailure } from '../../src/http/failure.js';

it.each([
  ['ECONNREFUSED', undefined, 'network', true],
  ['ECONNRESET', undefined, 'network', true],
  ['ECONNRESET', 200, 'truncated', true],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 200, 'truncated', true],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', undefined, 'malformed', false],
  ['UND_ERR_HEADERS_OVERFLOW', undefined, 'malformed', false],
  ['ERR_ASSERTION', undefined, 'malformed', false],
  ['ETIMEDOUT', undefined, 'timeout', true],
  ['ENOTFOUND', undefined, 'dns', false],
  ['EAI_AGAIN', undefined, 'dns', true],
  ['EAI_FAIL', undefined, 'dns', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'tls', false],
  ['CERT_HAS_EXPIRED', undefined, 'tls', false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'tls', false],
  ['SELF_SIGNED_CERT_IN_CHAIN', undefined, 'tls', false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, 'tls', false],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', undefined, 'tls', false],
  ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'tls', false],
  ['EPROTO', undefined, 'tls', false],
  ['', undefined, 'network', true],
])('sorts %s with status %s as %s', (code, status, failed, isTransient) => {
  const error = Object.assign(new Error('why'), { code });
  expect(httpFailure(error, status)).toMatchObject({ failed, isTransient });
});

it.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'trust'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'trust'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'trust'],
  ['CERT_HAS_EXPIRED', undefined],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined],
  // The system's own time-out, which no option changes.
  ['ETIMEDOUT', undefined],
])('says of %s what may help, whatever its words: %s', (code, remedy) => {
  const message = 'unable to verify, self-signed, no answer within 3 s';
  expect(httpFailure(Object.assign(new Error(message), { code })).remedy).toBe(remedy);
});

it('says of OpenSSL its reason alone', () => {
  const message =
    '80CE0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:a.c:350:\n';
  const more = { code: 'ERR_SSL_WRONG_VERSION_NUMBER', reason: 'wrong version number' };
  expect(httpFailure(Object.assign(new Error(message), more)).detail).toBe(
    'no TLS: wrong version number',
  );
});

it('names an error without words by its code', () => {
  const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(httpFailure(error).detail).toBe('ECONNREFUSED');
});

it.each([
  [{ code: 'ENOTFOUND', hostname: 'h.example' }, '`h.example` has no address (ENOTFOUND)'],
  [
    { code: 'EAI_AGAIN', hostname: 'h.example' },
    "the system's resolver does not answer about `h.example` (EAI_AGAIN)",
  ],
  [
    { code: 'ECONNREFUSED', address: '192.0.2.1', port: 80 },
    'nothing listens at 192.0.2.1:80 (ECONNREFUSED)',
  ],
  [
    { code: 'ENETUNREACH', errors: [{ address: '2001:db8::1', port: 443 }] },
    'no network leads to [2001:db8::1]:443 (ENETUNREACH)',
  ],
  [
    { code: 'EHOSTUNREACH', address: '192.0.2.1', port: 1 },
    'no way leads to 192.0.2.1:1 (EHOSTUNREACH)',
  ],
  [{ code: 'ETIMEDOUT', address: '192.0.2.1', port: 1 }, '192.0.2.1:1 does not answer (ETIMEDOUT)'],
  [{ code: 'ECONNRESET', address: '192.0.2.1', port: 1 }, 'why'],
])('says in words of which host or address an error is: %o', (fields, detail) => {
  expect(httpFailure(Object.assign(new Error('why'), fields)).detail).toBe(detail);
});
