import { expect, it } from 'vitest';
import { badProxy, proxyFor } from '../../src/http/proxy.js';

const hostOf = (url: string, environment: Record<string, string>) =>
  proxyFor(new URL(url), environment)?.url.host;

it.each([
  ['http://h/', { http_proxy: 'http://p:1' }, 'p:1'],
  ['http://h/', { HTTP_PROXY: 'p:1' }, 'p:1'],
  ['http://h/', { http_proxy: '', HTTP_PROXY: 'http://p:1' }, 'p:1'],
  ['https://h/', { http_proxy: 'http://p:1' }, undefined],
  ['https://h/', { https_proxy: 'https://p:1' }, 'p:1'],
  ['http://h/', { all_proxy: 'http://p:1' }, 'p:1'],
  ['https://h/', { ALL_PROXY: 'p:1', http_proxy: 'http://q:1' }, 'p:1'],
  ['http://h/', { all_proxy: 'p:1', http_proxy: 'q:1' }, 'q:1'],
  ['http://h/', { http_proxy: 'socks5://p:1' }, undefined],
  ['http://h/', { http_proxy: 'http://' }, undefined],
  ['http://h/', {}, undefined],
])('%s with %j goes through %s', (url, environment, host) => {
  expect(hostOf(url, environment)).toBe(host);
});

it.each([
  ['http://example.org/', 'example.org', true],
  ['http://a.example.org/', 'example.org', true],
  ['http://a.example.org/', '.example.org', true],
  ['http://a.example.org/', '*.example.org', true],
  ['http://EXAMPLE.org/', 'other, Example.ORG', true],
  ['http://badexample.org/', 'example.org', false],
  ['http://example.org/', 'example.org:8080', false],
  ['http://example.org:8080/', 'example.org:8080', true],
  ['https://example.org/', 'example.org:443', true],
  ['http://[::1]:81/', '[::1]', true],
  ['http://[::1]:81/', '::1', true],
  ['http://[::1]:81/', '[::1]:82', false],
  ['http://example.org/', '*', true],
  ['http://example.org/', ' , ', false],
  ['http://127.0.0.1/', '127.0.0.0/8', true],
  ['http://192.0.2.7:81/', 'other,192.0.2.0/24', true],
  ['http://192.0.3.7/', '192.0.2.0/24', false],
  ['http://[2001:db8::1]/', '2001:db8::/32', true],
  ['http://[2001:db9::1]/', '2001:db8::/32', false],
  ['http://[::1]/', '127.0.0.0/8', false],
  ['http://example.org/', '0.0.0.0/0', false],
  ['http://192.0.2.7/', '192.0.2.0/33', false],
  ['http://192.0.2.7/', '192.0.2.0/x', false],
])('%s is exempt by %j: %s', (url, no_proxy, isExempt) => {
  const environment = { http_proxy: 'http://p', https_proxy: 'http://p', no_proxy };
  expect(hostOf(url, environment) === undefined).toBe(isExempt);
});

it('names the variable of a proxy that cannot be used', () => {
  expect(badProxy({ http_proxy: 'p:1', all_proxy: 'http://p' })).toBeUndefined();
  expect(badProxy({ ALL_PROXY: 'socks5://me:secret@p:1' })).toBe('ALL_PROXY');
  expect(badProxy({ https_proxy: 'http://' })).toBe('https_proxy');
});
