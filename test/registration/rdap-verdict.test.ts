import { describe, expect, it } from 'vitest';
import { type RdapVerdict, readRdapResponse } from '../../src/registration/rdap-verdict.js';

const bytes = (body: unknown) =>
  new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
const read = (status: number, body: unknown, domain = 'example.dev'): RdapVerdict =>
  readRdapResponse({ status, body: bytes(body) }, domain);

const domain = (more: object = {}) => ({
  objectClassName: 'domain',
  ldhName: 'example.dev',
  ...more,
});
const unknown = (reason: string) => ({ kind: 'unknown', reason, detail: expect.any(String) });

describe('an RDAP response', () => {
  it.each([
    ['about the name', domain(), []],
    ['with its statuses', domain({ status: ['client hold', 'Active'] }), ['client hold', 'active']],
    ['in capitals', domain({ ldhName: 'EXAMPLE.DEV' }), []],
    ['with the final dot', domain({ ldhName: 'example.dev.' }), []],
    ['with statuses that are no texts', domain({ status: [1, null, 'active'] }), ['active']],
    ['with statuses that are no list', domain({ status: 'reserved' }), []],
  ])('200 %s says that it is registered', (_, body, statuses) => {
    expect(read(200, body)).toEqual({ kind: 'registered', registryStatus: statuses });
  });

  it('keeps few and short statuses', () => {
    const verdict = read(200, domain({ status: new Array(1000).fill('x'.repeat(1000)) }));
    expect(verdict).toEqual({
      kind: 'registered',
      registryStatus: new Array(16).fill('x'.repeat(64)),
    });
  });

  it('200 with the status reserved says that the registry keeps it', () => {
    expect(read(200, domain({ status: ['Reserved'] }))).toEqual({
      kind: 'reserved',
      registryStatus: ['reserved'],
    });
  });

  it.each([
    ['about another name', domain({ ldhName: 'example.com' })],
    ['about a name below', domain({ ldhName: 'www.example.dev' })],
    ['about something else', domain({ objectClassName: 'nameserver' })],
    ['about nothing', {}],
    ['without a name', { objectClassName: 'domain', unicodeName: 'example.dev' }],
    ['with a name that is no text', domain({ ldhName: ['example.dev'] })],
  ])('200 %s is no answer', (_, body) => {
    expect(read(200, body)).toEqual(unknown('rdap-other-name'));
  });

  it.each([
    ['a page', 200, '<html>registered</html>'],
    ['an empty body', 200, ''],
    ['a list', 200, [domain()]],
    ['half of it', 200, JSON.stringify(domain()).slice(0, -5)],
    ['null', 200, 'null'],
    ['a page', 404, '<html>not found</html>'],
    ['a text', 404, 'not found'],
    ['a number', 404, '404'],
  ])('%s with %d is no JSON', (_, status, body) => {
    expect(read(status, body)).toEqual(unknown('rdap-not-json'));
  });

  it.each([
    ['nothing', ''],
    ['a line end', '\r\n'],
    ['an error of RFC 9083', { errorCode: 404, title: 'Not Found', description: ['no such'] }],
    ['an error whose code is a text', { errorCode: '404' }],
    ['notices', { errorCode: 404, notices: [{ title: 'Terms' }, null, 7] }],
  ])('404 with %s says that this server does not know it', (_, body) => {
    expect(read(404, body)).toEqual({ kind: 'not-found' });
  });

  it.each([
    ['in a notice', { errorCode: 404, notices: [{ title: 'Blocked Domain' }] }],
    ['as its title', { errorCode: 404, title: 'blocked domain' }],
    ['in its description', { errorCode: 404, description: ['This is a Blocked Domain.'] }],
    ['in a remark', { remarks: [{ title: 'BLOCKED DOMAIN' }] }],
  ])('404 that names a blocked domain %s says that it is kept back', (_, body) => {
    expect(read(404, body)).toEqual({ kind: 'reserved', registryStatus: ['blocked'] });
  });

  it.each([
    ['a domain', domain()],
    ['another code', { errorCode: 500 }],
  ])('404 with %s contradicts itself', (_, body) => {
    expect(read(404, body)).toEqual(unknown('rdap-http'));
  });

  it.each([
    [429, 'rdap-limited'],
    [403, 'rdap-limited'],
    [400, 'rdap-http'],
    [401, 'rdap-http'],
    [410, 'rdap-http'],
    [500, 'rdap-http'],
    [501, 'rdap-http'],
    [204, 'rdap-http'],
    [206, 'rdap-http'],
  ])('%d is no answer', (status, reason) => {
    expect(read(status, domain())).toEqual(unknown(reason));
  });

  it('is not believed where its bytes are no UTF-8', () => {
    const body = bytes(domain({ note: 'x' }));
    body[body.length - 3] = 0xff;
    expect(readRdapResponse({ status: 200, body }, 'example.dev')).toEqual(
      unknown('rdap-not-json'),
    );
  });
});
