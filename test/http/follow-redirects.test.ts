import { describe, expect, it } from 'vitest';
import { followRedirects } from '../../src/http/follow-redirects.js';

type Response = { readonly status: number; readonly location?: string } | 'failed';

/** Follows a server that answers each path as scripted; gives what was asked and what came of it. */
async function follow(script: Readonly<Record<string, Response>>, max = 3) {
  const asked: string[] = [];
  const { outcome, url, lost } = await followRedirects<Response>(new URL('http://a.test/0'), {
    request: async ({ pathname, host }, redirects) => {
      expect(redirects).toBe(asked.length);
      asked.push(host === 'a.test' ? pathname : `${host}${pathname}`);
      return script[pathname] ?? { status: 200 };
    },
    responseOf: (response) => (response === 'failed' ? undefined : response),
    mayFollow: ({ protocol }) => protocol === 'http:',
    max,
  });
  return { asked: asked.join(' '), at: url.pathname, outcome, lost };
}

const to = (location: string, status = 302): Response => ({ status, location });

describe('followRedirects', () => {
  it.each([301, 302, 303, 307, 308])('follows a %i', async (status) => {
    expect(await follow({ '/0': to('/1', status) })).toMatchObject({ asked: '/0 /1', at: '/1' });
  });

  it.each([300, 304, 305, 399, 404])('takes a %i for an answer', async (status) => {
    const { asked, outcome, lost } = await follow({ '/0': to('/1', status) });
    expect([asked, outcome, lost]).toEqual(['/0', { status, location: '/1' }, undefined]);
  });

  it('gives what is no response as it is', async () => {
    expect(await follow({ '/0': to('/1'), '/1': 'failed' })).toMatchObject({ outcome: 'failed' });
  });

  it('follows as many as are allowed', async () => {
    const chain = { '/0': to('1'), '/1': to('http://b.test/2'), '/2': to('3') };
    expect(await follow(chain)).toMatchObject({
      ...{ asked: '/0 /1 b.test/2 b.test/3', at: '/3', outcome: { status: 200 } },
    });
    expect(await follow(chain, 2)).toMatchObject({ at: '/2', lost: 'too-many' });
  });

  it('ends in a circle', async () => {
    expect(await follow({ '/0': to('/0') })).toMatchObject({
      ...{ asked: '/0 /0 /0 /0', lost: 'too-many' },
    });
  });

  it.each([
    ['nowhere', { status: 302 }],
    ['what is no URL', to('http://[')],
    ['where it may not', to('file:///etc/passwd')],
  ])('is lost where it leads to %s', async (_, response) => {
    expect(await follow({ '/0': response })).toMatchObject({ asked: '/0', lost: 'bad-target' });
  });

  it('takes the bytes of a raw UTF-8 target for what they are', async () => {
    const raw = Buffer.from('/ä').toString('latin1');
    expect(await follow({ '/0': to(raw) })).toMatchObject({ asked: '/0 /%C3%A4' });
  });
});
