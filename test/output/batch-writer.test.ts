import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Writer } from '../../src/output/batch-writer.js';

/** A stream that takes a piece only when it is told to. */
class SlowStream extends Writable {
  readonly pieces: string[] = [];
  #done: ((error?: Error) => void) | undefined;

  constructor(highWaterMark = 1000) {
    super({ highWaterMark, decodeStrings: false });
  }

  override _write(text: string, _: string, done: (error?: Error) => void): void {
    this.pieces.push(text);
    this.#done = done;
  }

  /** Lets the piece that was written last be done with. */
  async take(error?: Error): Promise<void> {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const large = 'x'.repeat(65_536);

describe('Writer', () => {
  it('puts small texts together and writes a large one at once', async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write('a');
    writer.write('b');
    expect(stream.pieces).toEqual([]);
    writer.write(large);
    expect(stream.pieces).toEqual([`ab${large}`]);
    await stream.take();
  });

  it('does not keep a live reader waiting for more', async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write('one line\n');
    await expect.poll(() => stream.pieces).toEqual(['one line\n']);
    writer.write('another\n');
    await stream.take();
    await expect.poll(() => stream.pieces).toEqual(['one line\n', 'another\n']);
    await stream.take();
  });

  it('says while a slow reader has no room, and when it has', async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    expect(writer.drained).toBeUndefined();
    writer.write(large);
    const { drained } = writer;
    expect(drained).toBeInstanceOf(Promise);
    writer.write(large);
    expect(writer.drained).toBe(drained);
    await stream.take();
    await stream.take();
    await drained;
    expect(writer.drained).toBeUndefined();
  });

  it('leaves no listener behind, however often it has to wait', async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    const before = stream.listenerCount('error') + stream.listenerCount('drain');
    for (let i = 0; i < 20; i++) {
      writer.write(large);
      await stream.take();
      await writer.drained;
    }
    expect(stream.listenerCount('error') + stream.listenerCount('drain')).toBeLessThanOrEqual(
      before + 1,
    );
  });

  it('finishes only when the system has everything', async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write(large);
    writer.write('the end');
    let isFinished = false;
    const finish = writer.finish().then(() => {
      isFinished = true;
    });
    await stream.take();
    expect(stream.pieces.at(-1)).toBe('the end');
    expect(isFinished).toBe(false);
    await stream.take();
    await finish;
  });

  it('finishes at once when nothing was written', async () => {
    await new Writer(new SlowStream()).finish();
  });

  it('tells of an error once, writes no more, and throws it at the end', async () => {
    const stream = new SlowStream();
    const errors: Error[] = [];
    const writer = new Writer(stream, (error) => errors.push(error));
    writer.write(large);
    writer.write(large);
    const { drained } = writer;
    const full = new Error('no space left');
    await stream.take(full);
    await drained;
    writer.write(large);
    expect(errors).toEqual([full]);
    expect(stream.pieces).toHaveLength(1);
    await expect(writer.finish()).rejects.toBe(full);
  });

  it('a finish that waits is told of the error too', async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write('text');
    const full = new Error('no space left');
    const told = expect(writer.finish()).rejects.toBe(full);
    await stream.take(full);
    await told;
  });

  it('runs each write within the function it was given', async () => {
    const stream = new SlowStream();
    const steps: string[] = [];
    const writer = new Writer(stream, undefined, (write) => {
      steps.push('aside');
      write();
      steps.push(`back after ${stream.pieces.at(-1)}`);
    });
    writer.write('text');
    const finish = writer.finish();
    await stream.take();
    await finish;
    expect(steps).toEqual(['aside', 'back after text']);
  });

  it('is finished by `await using`, and an error is no second exception there', async () => {
    const stream = new SlowStream();
    {
      await using writer = new Writer(stream);
      writer.write('text');
      setImmediate(() => stream.take(new Error('no space left')));
    }
    expect(stream.pieces).toEqual(['text']);
  });
});
