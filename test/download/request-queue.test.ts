import { describe, expect, it } from 'vitest';
import { type HostSigns, RequestQueue } from '../../src/download/request-queue.js';
import { gate } from '../support/gate.js';

const never = new AbortController().signal;

/** A queue whose requests are written down and end when the test says so. */
function open({ concurrency = 10, perHost = 1000, rate = 0 } = {}) {
  const queue = new RequestQueue(concurrency, { perHost, rate, giveUpAfterMs: 30_000 });
  const sent: string[] = [];
  const ends = new Map<string, (signs: Partial<HostSigns>) => void>();
  const run = async (name: string, more: { signal?: AbortSignal; isUrgent?: boolean } = {}) => {
    const send = (mayStart: () => boolean) => {
      sent.push(name);
      return new Promise<HostSigns | 'not-sent'>((resolve) => {
        ends.set(name, (signs) =>
          resolve(mayStart() ? { sign: 'answered', ...signs } : 'not-sent'),
        );
      });
    };
    const host = name[0] as string;
    const signsOf = (signs: HostSigns) => signs;
    const granted = await queue.run<HostSigns>({
      ...{ host, send, signsOf, signal: never, maxWaitMs: 30_000, asker: {} },
      ...more,
    });
    return 'skipped' in granted ? granted.skipped.reason : name;
  };
  const end = (name: string, signs: Partial<HostSigns> = {}) => ends.get(name)?.(signs);
  return { queue, run, sent, end };
}
const settled = () => new Promise(setImmediate);

describe('requests', () => {
  it('are so many at once, of each host in turn', async () => {
    const { run, sent, end } = open({ concurrency: 2 });
    const all = ['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => run(name));
    await settled();
    expect(sent).toEqual(['a1', 'b1']);
    for (const name of sent.slice()) end(name);
    await settled();
    expect(sent.slice(2)).toEqual(['a2', 'b2']);
    for (const name of sent.slice(2)) end(name);
    await settled();
    end('a3');
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
  });

  it('of a host that is busy hold no permit', async () => {
    const { queue, run, sent, end } = open({ concurrency: 3, perHost: 1 });
    run('a1');
    run('a2');
    run('b1');
    await settled();
    expect(sent).toEqual(['a1', 'b1']);
    expect(queue.blocked).toBe(1);
    end('a1');
    await settled();
    expect(sent).toEqual(['a1', 'b1', 'a2']);
    expect(queue.blocked).toBe(0);
  });

  it('in the middle of something go first', async () => {
    const { run, sent, end } = open({ concurrency: 1 });
    for (const name of ['a1', 'a2']) run(name);
    await settled();
    run('a3', { isUrgent: true });
    end('a1');
    await settled();
    expect(sent).toEqual(['a1', 'a3']);
  });

  it('in the middle of something let one of the others go when one was refused', async () => {
    const { run, sent, end } = open({ concurrency: 1 });
    for (const name of ['a1', 'a2', 'a3']) run(name);
    await settled();
    run('a4', { isUrgent: true });
    end('a1', { sign: 'refused' });
    await expect.poll(() => sent).toEqual(['a1', 'a2']);
    end('a2');
    await expect.poll(() => sent).toEqual(['a1', 'a2', 'a4']);
  });

  it('that are cancelled while they wait are not sent', async () => {
    const { run, sent, end } = open({ concurrency: 1 });
    const controller = new AbortController();
    run('a1');
    const second = run('a2', { signal: controller.signal });
    run('a3');
    await settled();
    controller.abort('enough');
    await expect(second).rejects.toBe('enough');
    await expect(run('a4', { signal: controller.signal })).rejects.toBe('enough');
    end('a1');
    await settled();
    expect(sent).toEqual(['a1', 'a3']);
  });

  it('that fail give their permit back', async () => {
    const { queue, run, sent, end } = open({ concurrency: 1 });
    const failing = queue.run<never>({
      ...{ host: 'a', signal: never, maxWaitMs: 1000, asker: {} },
      send: () => Promise.reject(new Error('no')),
      signsOf: () => ({ sign: 'answered' }),
    });
    const next = run('a1');
    await expect(failing).rejects.toThrow('no');
    await settled();
    end(sent[0] as string);
    expect(await next).toBe('a1');
  });
});

describe('a pause', () => {
  it('holds back what has a permit and is not written, and it waits again', async () => {
    const { run, sent, end } = open({ concurrency: 2 });
    const [first, second] = [run('a1'), run('a2')];
    await settled();
    end('a1', { retryAfter: { ms: 60, status: 429 } });
    expect(await first).toBe('a1');
    end('a2');
    await settled();
    expect(sent).toEqual(['a1', 'a2']);
    await expect.poll(() => sent).toEqual(['a1', 'a2', 'a2']);
    end('a2');
    expect(await second).toBe('a2');
  });

  it('of one host leaves the others alone', async () => {
    const { run, sent, end } = open({ concurrency: 1 });
    run('a1');
    await settled();
    end('a1', { retryAfter: { ms: 20_000, status: 503 } });
    run('a2');
    run('b1');
    await settled();
    expect(sent).toEqual(['a1', 'b1']);
  });

  it('that is too long ends the wait of those who wait and of those who come', async () => {
    const { run, end } = open({ concurrency: 1 });
    const [, waiting] = [run('a1'), run('a2')];
    await settled();
    end('a1', { retryAfter: { ms: 31_000, status: 503 } });
    expect(await waiting).toBe('asks-to-wait');
    expect(await run('a3')).toBe('asks-to-wait');
  });
});

it('leaves a host alone that is silent, without a permit', async () => {
  const { queue, run, end } = open({ concurrency: 8 });
  const all = Array.from({ length: 20 }, (_, i) => run(`a${i}`));
  for (let i = 0; i < 8; i++) {
    await settled();
    end(`a${i}`, { sign: 'silent' });
  }
  await settled();
  expect(queue.blocked).toBe(5);
  queue.close();
  expect(await Promise.all(all.slice(0, 8))).toEqual(Array.from({ length: 8 }, (_, i) => `a${i}`));
});

it('tells when more wait for their host', async () => {
  const { queue, run } = open({ rate: 1 });
  const told = gate();
  queue.onBlocked.add(told.open);
  for (const name of ['a1', 'a2', 'a3']) run(name);
  await told.passed;
  expect(queue.blocked).toBe(2);
  queue.close();
});
