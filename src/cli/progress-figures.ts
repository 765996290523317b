/** How fast a run is, which share of it is done, and how long it will take. */

/** How many results there will be. */
export interface Total {
  readonly count: number;
  /** False while it is worked out from the share of the input that has been read. */
  readonly isExact: boolean;
}

/** How far a run has come. */
export interface ProgressFigures {
  readonly done: number;
  /** Without what an earlier part of the run did. */
  readonly doneNow: number;
  /** Undefined while it is not known. */
  readonly total: Total | undefined;
  /** Since the start. */
  readonly seconds: number;
  /** Seconds that what waits for a registry needs in any case. */
  readonly queueSeconds?: number | undefined;
}

/** Results a second. */
export function rateOf({ doneNow, seconds }: ProgressFigures): number {
  return Math.round(doneNow / Math.max(seconds, 0.001));
}

/** 0 to 1; of nothing all is done. */
export function shareOf(done: number, { count }: Total): number {
  return count === 0 ? 1 : Math.min(1, done / count);
}

/** How long it will take at the same rate, and at least as long as the registries need. */
export function secondsLeft(figures: ProgressFigures): number | undefined {
  const { done, doneNow, total, seconds, queueSeconds } = figures;
  if (total === undefined || doneNow === 0) return queueSeconds;
  return Math.max((Math.max(0, total.count - done) * seconds) / doneNow, queueSeconds ?? 0);
}
