/** What V8 is told about its memory and its compilers. */

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Verdicts by the million leave their garbage in V8's old generation, which by default may grow to
 * several times what lives before it is looked through: 40 MB more at the peak, for 5 % less CPU. In
 * a download of 100,000 files it is 54 MB and 3 %; a short one would pay more for less.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
}

/**
 * A run of seconds is too short to earn what V8 spends on it by default. Four threads that share the
 * clearing of 16 MB wait for each other longer than one thread takes, and deep inlining makes the
 * functions on the way of a name large and slow to compile, again and again while their types settle.
 * On two cores, shared with the resolvers, both cost a tenth or more of the CPU time of 300,000 names.
 */
export function tuneForNames(resolvers = 0): void {
  keepHeapSmall();
  if (resolvers >= MANY_RESOLVERS) boundYoungGeneration();
  setFlagsFromString('--no-parallel-scavenge');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=300');
}

/** From so many resolvers on, which are known by 10 KB each, a smaller young generation was seen to cost no time. */
const MANY_RESOLVERS = 256;
/** What V8's young generation may take then; by itself it grows to 32 MB, and to 128 on Node 24. */
const YOUNG_BYTES = 16 * 1024 * 1024;
/** Milliseconds. A busy turn may let it grow beyond that for once. */
const LOOK_EVERY = 20;

/**
 * Its greatest size is fixed when the process starts: only how it grows may be set later. Where little happens
 * for a while V8 takes it back, and it has to grow again.
 */
function boundYoungGeneration(): void {
  let mayGrow = true;
  const look = () => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    const isSmall = young !== undefined && young.space_size < YOUNG_BYTES;
    if (isSmall === mayGrow) return;
    mayGrow = isSmall;
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`);
  };
  setInterval(look, LOOK_EVERY).unref();
}

/**
 * undici's parser is one large WebAssembly function, which V8 would optimise after the first answers:
 * 175 ms of CPU time, for which the end of a thread waits, and 40 MB. The quick code for it is as fast
 * over 20,000 answers, so that is put off as long as the flag allows, which is for a few hundred answers.
 */
export function deferParserOptimization(): void {
  setFlagsFromString('--wasm-tiering-budget=2000000000');
}
