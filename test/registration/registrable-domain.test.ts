import { describe, expect, it } from 'vitest';
import { registrableDomain } from '../../src/registration/registrable-domain.js';

describe('the registrable domain', () => {
  it.each([
    ['example.dev', 'example.dev'],
    ['www.example.dev', 'example.dev'],
    ['_dmarc.example.dev', 'example.dev'],
    ['www.example.com.br', 'example.com.br'],
    ['xn--caf-dma.fr', 'xn--caf-dma.fr'],
    // The registry of .io knows this name; that people get names below it is GitHub's affair.
    ['someone.github.io', 'github.io'],
    ['a.b.no-such-tld', 'b.no-such-tld'],
    ['4.example', '4.example'],
    ['a-b--c.dev', 'a-b--c.dev'],
  ])('of %s is %s', (name, domain) => {
    expect(registrableDomain(name)).toEqual({ domain });
  });

  it.each([
    ['dev', 'public-suffix'],
    ['com.br', 'public-suffix'],
    ['_x.dev', 'bad-label'],
    ['www._x.dev', 'bad-label'],
    ['-bad.dev', 'bad-label'],
    ['bad-.dev', 'bad-label'],
    ['a b.dev', 'bad-label'],
    ['ab--cd.dev', 'bad-label'],
    ['xn--lynx.dev', 'bad-label'],
    ['xn--a.dev', 'bad-label'],
    ['192.0.2.1', 'ip-address'],
  ])('there is none of %s: %s', (name, none) => {
    expect(registrableDomain(name)).toEqual({ none });
  });
});
