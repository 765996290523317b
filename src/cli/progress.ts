/** What a run shows of itself on standard error while it lasts. */

import type { SingleBar } from 'cli-progress';
import type { RegistryQueue } from '../probe/prober.js';
import { type BarState, barText, plainText } from './bar-text.js';
import { isPipe } from './is-pipe.js';
import { rateOf, secondsLeft, shareOf, type Total } from './progress-figures.js';
import { drawnOn, type OutputStream } from './streams.js';

export const progressKinds = ['auto', 'bar', 'plain', 'json', 'none'] as const;
export type ProgressKind = (typeof progressKinds)[number];

/** A look at the run. */
interface RunState {
  readonly done: number;
  /** How many there will be; undefined while that is not known. */
  readonly total: Total | undefined;
  /** `12 found, 3 missing`. */
  readonly counts: string;
  /** What waits for registries. */
  readonly queue?: RegistryQueue | undefined;
  /** What the summary counts, each by its name. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Progress {
  /** Runs a write to the same terminal so that it stands whole, above the bar. */
  readonly around: (write: () => void) => void;
  /** @param isStopped of a run that was interrupted nothing is left standing */
  readonly end: (isStopped: boolean) => void;
  /** Writes the summary of the run for a program, in place of its text. */
  readonly summarize?: (text: string) => void;
}

/** How the bar of a command behaves. */
export interface BarStyle {
  /** What is counted: `names`, `flags`. */
  readonly noun: string;
  /** How long a run must last before its bar is drawn. */
  readonly delaySeconds: number;
  /** Whether the bar is left standing when the run is over, if it was not interrupted. */
  readonly isKept: boolean;
}

export interface ProgressOptions {
  readonly kind: ProgressKind;
  readonly stream: OutputStream;
  /** Where result lines go, if not to a file of their own. */
  readonly results?: OutputStream | undefined;
  readonly style: BarStyle;
  readonly snapshot: () => RunState;
  /** Said where nothing else shows that names wait for registries. */
  readonly queueNotice?: ((queue: RegistryQueue, isWhole: boolean) => string) | undefined;
}

const none: Progress = { around: (write) => write(), end() {} };

const LINE_INTERVAL_MS = 1000;
/** A wait for registries that is worth a line where no bar is. */
const LONG_WAIT_SECONDS = 30;
const BAR_INTERVAL_MS = 100;
/** Characters of a line where the terminal does not say. */
const DEFAULT_WIDTH = 80;

export async function showProgress(options: ProgressOptions): Promise<Progress> {
  const { kind, stream } = options;
  if (kind === 'plain' || kind === 'json') return showLines(options);
  const isBar = kind === 'bar' || kind === 'auto';
  if (!isBar) return none;
  return stream.isTTY ? showBar(options) : tellQueue(options);
}

/** Tells once that the wait for registries is long, and once more when all names have been read. */
function tellQueue({ snapshot, stream, queueNotice }: ProgressOptions): Progress {
  if (!queueNotice) return none;
  let isTold = false;
  const timer = setInterval(() => {
    const { queue, total } = snapshot();
    const isWhole = total?.isExact === true;
    if (!queue || queue.seconds < LONG_WAIT_SECONDS || (isTold && !isWhole)) return;
    stream.write(`${queueNotice(queue, isWhole)}\n`);
    isTold = true;
    if (isWhole) clearInterval(timer);
  }, LINE_INTERVAL_MS);
  timer.unref();
  return { ...none, end: () => clearInterval(timer) };
}

function showLines(options: ProgressOptions): Progress {
  const { kind, snapshot, stream } = options;
  const stateOf = watch(options);
  const figures = (event: string) => ({ event, ...jsonFigures(stateOf()), ...snapshot().fields });
  const write = () => {
    const line = kind === 'json' ? JSON.stringify(figures('progress')) : plainText(stateOf());
    stream.write(`${line}\n`);
  };
  const timer = setInterval(write, LINE_INTERVAL_MS);
  timer.unref();
  const lines = { ...none, end: () => clearInterval(timer) };
  if (kind !== 'json') return lines;
  return {
    ...lines,
    summarize: (text) => stream.write(`${JSON.stringify({ ...figures('summary'), text })}\n`),
  };
}

/** What can be said of the run now; what an earlier part of it did says nothing about its pace. */
function watch({ snapshot, style }: ProgressOptions): () => BarState {
  const start = performance.now();
  const { done: before } = snapshot();
  return () => {
    const { done, total, counts, queue } = snapshot();
    const seconds = (performance.now() - start) / 1000;
    const figures = { done, doneNow: done - before, total, seconds, queueSeconds: queue?.seconds };
    return { ...figures, noun: style.noun, counts, queue };
  };
}

function jsonFigures(state: BarState) {
  const { done, total, seconds } = state;
  const left = secondsLeft(state);
  return {
    done,
    total: total?.isExact ? total.count : null,
    share: total ? Number(shareOf(done, total).toFixed(4)) : null,
    rate: rateOf(state),
    seconds: Number(seconds.toFixed(1)),
    eta: left === undefined ? null : Number(left.toFixed(1)),
  };
}

async function showBar(options: ProgressOptions): Promise<Progress> {
  const { stream, style, results } = options;
  const { default: cliProgress } = await import('cli-progress');
  const terminal = new BarTerminal(stream);
  const stateOf = watch(options);
  const settings = {
    format: () => barText(stateOf(), terminal.getWidth()),
    terminal,
    fps: 1000 / BAR_INTERVAL_MS,
    forceRedraw: true,
  };
  const bar: SingleBar = new cliProgress.SingleBar(settings);
  let isDrawn = false;
  const draw = () => {
    isDrawn = true;
    // From here on it redraws itself; what it counts is not what it shows.
    bar.start(1, 0);
  };
  const timer = style.delaySeconds > 0 ? setTimeout(draw, style.delaySeconds * 1000) : draw();
  const around: Progress['around'] = (write) => {
    if (isDrawn) terminal.erase();
    write();
    if (isDrawn) terminal.redraw();
  };
  // What reads a pipe may print to this terminal, a moment later: until then the line stays empty.
  const beforeReader: Progress['around'] = (write) => {
    if (isDrawn) terminal.erase();
    write();
  };
  const forget = drawnOn(stream, around);
  return {
    around: results && !results.isTTY && isPipe(results) ? beforeReader : around,
    end(isStopped) {
      forget();
      if (timer) clearTimeout(timer);
      if (!isDrawn) return;
      bar.stop();
      if (isStopped || !style.isKept) terminal.eraseLast();
    },
  };
}

/**
 * What cli-progress draws on. Its own terminal saves the cursor's position at the start and returns
 * there at the end, over the lines that were printed since.
 */
class BarTerminal {
  readonly #stream: OutputStream;
  #last = '';

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  erase(): void {
    this.#stream.write('\r\u001b[K');
  }

  redraw(): void {
    this.#stream.write(this.#last);
  }

  /** Removes the finished bar and its line end. */
  eraseLast(): void {
    this.#stream.write('\u001b[1A\r\u001b[K');
  }

  isTTY(): boolean {
    return this.#stream.isTTY === true;
  }

  /** A terminal shows `^C` behind the bar, and the two would not go on one line otherwise. */
  getWidth(): number {
    return (this.#stream.columns || DEFAULT_WIDTH) - '^C'.length - 1;
  }

  write(text: string): void {
    this.#last = text;
    this.#stream.write(this.#last);
  }

  cursorTo(): void {
    this.#stream.write('\r');
  }

  clearRight(): void {
    this.#stream.write('\u001b[K');
  }

  newline(): void {
    this.#stream.write('\n');
  }

  cursorSave(): void {}
  cursorRestore(): void {}
  lineWrapping(): void {}
}
