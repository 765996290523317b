import { expect, it } from 'vitest';
import { proxyFor } from '../../src/http/proxy.js';

const hostOf = (url: string, environment: Record<string, string>) =>
  proxyFor(new URL(url), environment)?.url.host;

it.each([
  ['http://h/', { http_proxy: 'http://p:1' }, 'p:1'],
  ['http://h/', { HTTP_PROXY: 'p:1' }, 'p:1'],
  ['http://h/', { http_proxy: '', HTTP_PROXY: 'http://p:1' }, 'p:1'],
  ['https://h/', { http_proxy: 'http://p:1' }, undefined],
  ['https://h/', { https_proxy: 'https://p:1' }, 'p:1'],
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
])('%s is exempt by %j: %s', (url, no_proxy, isExempt) => {
  const environment = { http_proxy: 'http://p', https_proxy: 'http://p', no_proxy };
  expect(hostOf(url, environment) === undefined).toBe(isExempt);
});
