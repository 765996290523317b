import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Comparison, Probation } from '../../src/resolver/probation.js';

/** A resolver on probation, the comparisons that were begun, and what was let go. */
function onProbation(areThere = true) {
  let isDoubted = false;
  const onTick = vi.fn();
  const probation = new Probation({
    areAgainst: () => isDoubted,
    areThere: () => areThere,
    onTick,
  });
  const comparisons: Comparison[] = [];
  const released: boolean[] = [];
  const tell = (isFound: boolean, times = 1) => {
    for (let i = 0; i < times; i++) {
      const comparison = probation.draw(isFound, true);
      if (comparison) comparisons.push(comparison);
      if (probation.isWaiting) probation.wait((doubted) => released.push(doubted));
    }
  };
  const end = (count: number) => {
    for (const comparison of comparisons.splice(0, count)) comparison.onEnd();
  };
  const doubt = () => {
    isDoubted = true;
  };
  return { probation, comparisons, released, tell, end, doubt, onTick };
}

describe('the first answers of a resolver', () => {
  it('are compared by kind: two at first, the eighth, then one in five up to sixteen, then one in 32', () => {
    const { comparisons, tell } = onProbation();
    tell(true, 2);
    tell(false, 2);
    expect(comparisons).toHaveLength(4);
    tell(true, 6);
    expect(comparisons).toHaveLength(5);
    tell(true, 72);
    expect(comparisons).toHaveLength(18);
    tell(true, 128);
    expect(comparisons).toHaveLength(22);
    tell(false, 200);
    expect(comparisons).toHaveLength(40);
  });

  it('are not compared where there is no question to spare', () => {
    const { probation } = onProbation();
    expect(probation.draw(true, false)).toBeUndefined();
    expect(probation.isWaiting).toBe(false);
  });

  it('wait until three of four comparisons are back', () => {
    const { released, tell, end, comparisons } = onProbation();
    tell(true, 64);
    expect(comparisons).toHaveLength(14);
    end(10);
    expect(released).toEqual([]);
    end(1);
    expect(released).toEqual(Array(64).fill(false));
  });

  it('wait on while a third is yet to say who is right', () => {
    const { released, tell, end, comparisons } = onProbation();
    tell(true, 64);
    const disputed = comparisons.pop();
    disputed?.onDispute();
    disputed?.onDispute();
    end(13);
    expect(released).toEqual([]);
    disputed?.onEnd();
    expect(released).toEqual(Array(64).fill(false));
  });

  it('are asked of others as soon as others are against the resolver', () => {
    const { released, tell, end, doubt } = onProbation();
    tell(true, 64);
    doubt();
    end(1);
    expect(released).toEqual(Array(64).fill(true));
  });

  it('are let go once it has stood names of both kinds that others agree about', () => {
    const { probation, released, tell } = onProbation();
    tell(true);
    const stand = (isFound: boolean, times: number) => {
      for (let i = 0; i < times; i++) {
        const control = probation.beginControl(() => {});
        control.onAgreement?.(isFound);
        probation.noteAgreed(isFound);
        control.onEnd();
      }
    };
    stand(false, 9);
    expect(released).toEqual([]);
    stand(true, 1);
    expect(released).toEqual([]);
    stand(true, 1);
    expect(released).toEqual([false]);
  });

  it('are not let go, if they are many, for what it was asked as the comparison of another', () => {
    const few = onProbation();
    const many = onProbation();
    few.tell(true, 4);
    many.tell(true, 17);
    for (const { probation } of [few, many]) {
      for (let i = 0; i < 20; i++) {
        probation.noteAgreed(true);
        probation.noteAgreed(false);
      }
    }
    expect([few.released.length, many.released.length]).toEqual([4, 0]);
  });

  it('wait on while it is against what others agree about', () => {
    const { probation, released, tell, end } = onProbation();
    tell(true);
    let ended = 0;
    const control = probation.beginControl(() => ended++);
    control.onDispute();
    end(1);
    expect([released, ended]).toEqual([[], 0]);
    control.onEnd();
    expect([released, ended]).toEqual([[false], 1]);
  });

  it('are reason to ask about others only as long as those that are asked about are too few', () => {
    const { probation, tell } = onProbation();
    expect(probation.isPairWanted).toBe(false);
    tell(true);
    for (let i = 0; i < 3; i++) {
      expect(probation.isPairWanted).toBe(true);
      probation.beginControl(() => {});
    }
    expect(probation.isPairWanted).toBe(false);
  });

  it('are over after 256, when enough comparisons are back', () => {
    const { probation, tell, end } = onProbation();
    tell(true, 255);
    end(21);
    expect(probation.isOver).toBe(false);
    tell(true);
    expect(probation.isOver).toBe(true);
  });

  it('are not over while they wait', () => {
    const { probation, tell, end } = onProbation();
    tell(true, 256);
    end(15);
    expect(probation.isOver).toBe(false);
    end(1);
    expect(probation.isOver).toBe(true);
  });
});

describe('where comparisons do not come back', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('the answers are let go after three seconds, and later ones do not wait', () => {
    const { probation, released, tell } = onProbation();
    tell(true, 8);
    vi.advanceTimersByTime(2999);
    expect(released).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(released).toEqual(Array(8).fill(false));
    tell(true, 8);
    expect(probation.isWaiting).toBe(false);
  });

  it('the answers are let go after one second while no other resolver has answered anything', () => {
    const { released, tell } = onProbation(false);
    tell(true, 8);
    vi.advanceTimersByTime(999);
    expect(released).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(released).toEqual(Array(8).fill(false));
  });

  it('names that others agree about are looked for four times a second', () => {
    const { tell, onTick } = onProbation();
    tell(true, 8);
    vi.advanceTimersByTime(750);
    expect(onTick).toHaveBeenCalledTimes(3);
    vi.advanceTimersByTime(10_000);
    expect(onTick).toHaveBeenCalledTimes(11);
  });

  it('another is asked about them if one is disputed by then', () => {
    const { released, tell, comparisons } = onProbation();
    tell(true, 8);
    comparisons[0]?.onDispute();
    vi.advanceTimersByTime(3000);
    expect(released).toEqual(Array(8).fill(true));
  });

  it('no timer is left once it is closed', () => {
    const { probation, released, tell } = onProbation();
    tell(true, 8);
    expect(vi.getTimerCount()).toBe(1);
    probation.close();
    expect([vi.getTimerCount(), released]).toEqual([0, []]);
  });
});
