/** What a run shows of itself on standard error while it lasts. */

import type { SingleBar } from 'cli-progress';
import type { OutputStream } from './streams.js';

export const progressKinds = ['auto', 'bar', 'plain', 'json', 'none'] as const;
type ProgressKind = (typeof progressKinds)[number];

/** A look at the run. */
interface RunState {
  readonly done: number;
  /** How many there will be; undefined while that is not known. */
  readonly total: number | undefined;
  /** `12 found, 3 missing`. */
  readonly counts: string;
  /** What the summary counts, each by its name. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Progress extends Disposable {
  /** Runs a write to the same terminal so that it stands whole, above the bar. */
  readonly around: (write: () => void) => void;
}

/** How the bar of a command behaves. */
export interface BarStyle {
  /** What is counted: `names`, `flags`. */
  readonly noun: string;
  /** How long a run must last before its bar is drawn. */
  readonly delaySeconds: number;
  /** Whether the bar is left standing when the run is over. */
  readonly isKept: boolean;
}

export interface ProgressOptions {
  readonly kind: ProgressKind;
  readonly stream: OutputStream;
  readonly style: BarStyle;
  readonly snapshot: () => RunState;
}

const none: Progress = { around: (write) => write(), [Symbol.dispose]() {} };

const LINE_INTERVAL_MS = 1000;
const BAR_INTERVAL_MS = 100;
/** Characters of a line where the terminal does not say. */
const DEFAULT_WIDTH = 80;

export async function showProgress(options: ProgressOptions): Promise<Progress> {
  const { kind, stream } = options;
  if (kind === 'plain' || kind === 'json') return showLines(options);
  const isBar = kind === 'bar' || kind === 'auto';
  return isBar && stream.isTTY ? showBar(options) : none;
}

function showLines({ kind, snapshot, stream, style }: ProgressOptions): Progress {
  const start = performance.now();
  const timer = setInterval(() => {
    const { done, total, counts, fields } = snapshot();
    const seconds = (performance.now() - start) / 1000;
    const rate = Math.round(done / seconds);
    const line =
      kind === 'json'
        ? JSON.stringify({
            ...{ done, total: total ?? null, rate, seconds: Number(seconds.toFixed(1)) },
            ...fields,
          })
        : `${done}${total === undefined ? '' : ` of ${total}`} ${style.noun}, ${rate} a second: ${counts}`;
    stream.write(`${line}\n`);
  }, LINE_INTERVAL_MS);
  timer.unref();
  return { ...none, [Symbol.dispose]: () => clearInterval(timer) };
}

async function showBar(options: ProgressOptions): Promise<Progress> {
  const { snapshot, stream } = options;
  const { noun, delaySeconds, isKept } = options.style;
  const { default: cliProgress } = await import('cli-progress');
  const start = performance.now();
  const terminal = new BarTerminal(stream);
  const known = `[{bar}] {percentage}% | {value}/{total} ${noun} | {rate}/s | ETA {left} | {counts}`;
  const unknown = `{value} ${noun} | {rate}/s | {counts}`;
  const settings = {
    format: snapshot().total === undefined ? unknown : known,
    terminal,
    barsize: 20,
    barCompleteChar: '\u2588',
    barIncompleteChar: '\u2591',
    fps: 1000 / BAR_INTERVAL_MS,
    forceRedraw: true,
  };
  const bar: SingleBar = new cliProgress.SingleBar(settings);
  let isDrawn = false;
  const update = () => {
    const { done, total, counts } = snapshot();
    const seconds = (performance.now() - start) / 1000;
    const left =
      total === undefined || done === 0 ? '?' : duration(((total - done) * seconds) / done);
    const payload = { rate: Math.round(done / Math.max(seconds, 0.001)), left, counts };
    if (!isDrawn) {
      if (seconds < delaySeconds) return;
      isDrawn = true;
      bar.start(total ?? 0, done, payload);
      return;
    }
    bar.setTotal(total ?? 0);
    bar.update(done, payload);
  };
  update();
  const timer = setInterval(update, BAR_INTERVAL_MS);
  return {
    around(write) {
      if (isDrawn) terminal.erase();
      write();
      if (isDrawn) terminal.redraw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      if (!isDrawn) return;
      update();
      bar.stop();
      if (!isKept) terminal.eraseLast();
    },
  };
}

/** `1:02:03`, `2:03`, `3 s` */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
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

  getWidth(): number {
    return this.#stream.columns || DEFAULT_WIDTH;
  }

  write(text: string): void {
    this.#last = text.slice(0, this.getWidth() - 1);
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
