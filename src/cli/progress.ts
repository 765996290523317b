/** What a run shows of itself on standard error while it lasts. */

import type { SingleBar } from 'cli-progress';

export const progressKinds = ['auto', 'bar', 'plain', 'json', 'none'] as const;
type ProgressKind = (typeof progressKinds)[number];

/** A look at the run. */
interface Snapshot {
  readonly done: number;
  /** How many there will be; undefined while nobody knows. */
  readonly total: number | undefined;
  /** `12 found, 3 missing`. */
  readonly counts: string;
}

export interface Progress extends Disposable {
  /** Runs a write to the same terminal so that it stands whole, above the bar. */
  readonly around: (write: () => void) => void;
}

export interface ProgressOptions {
  readonly kind: ProgressKind;
  readonly snapshot: () => Snapshot;
  /** What is counted: `names`, `flags`. */
  readonly noun: string;
  /** Seconds that a run must last before a bar is drawn. */
  readonly patience: number;
  /** Whether the bar stays when the run is over. */
  readonly keeps: boolean;
}

const none: Progress = { around: (write) => write(), [Symbol.dispose]() {} };

/** Milliseconds between two lines, and between two redraws. */
const LINE_INTERVAL = 1000;
const BAR_INTERVAL = 100;

export async function showProgress(options: ProgressOptions): Promise<Progress> {
  const { kind } = options;
  if (kind === 'plain' || kind === 'json') return showLines(options);
  const isBar = kind === 'bar' || kind === 'auto';
  return isBar && process.stderr.isTTY ? showBar(options) : none;
}

function showLines({ kind, snapshot, noun }: ProgressOptions): Progress {
  const start = performance.now();
  const timer = setInterval(() => {
    const { done, total, counts } = snapshot();
    const seconds = (performance.now() - start) / 1000;
    const rate = Math.round(done / seconds);
    const line =
      kind === 'json'
        ? JSON.stringify({ done, total: total ?? null, rate, seconds: Number(seconds.toFixed(1)) })
        : `${done}${total === undefined ? '' : ` of ${total}`} ${noun}, ${rate} a second: ${counts}`;
    process.stderr.write(`${line}\n`);
  }, LINE_INTERVAL);
  timer.unref();
  return { ...none, [Symbol.dispose]: () => clearInterval(timer) };
}

async function showBar(options: ProgressOptions): Promise<Progress> {
  const { snapshot, noun, patience, keeps } = options;
  const { default: cliProgress } = await import('cli-progress');
  const start = performance.now();
  const terminal = new BarTerminal(process.stderr);
  const known = `[{bar}] {percentage}% | {value}/{total} ${noun} | {rate}/s | ETA {left} | {counts}`;
  const unknown = `{value} ${noun} | {rate}/s | {counts}`;
  const settings = {
    format: snapshot().total === undefined ? unknown : known,
    terminal,
    barsize: 20,
    barCompleteChar: '\u2588',
    barIncompleteChar: '\u2591',
    fps: 1000 / BAR_INTERVAL,
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
      if (seconds < patience) return;
      isDrawn = true;
      bar.start(total ?? 0, done, payload);
      return;
    }
    bar.setTotal(total ?? 0);
    bar.update(done, payload);
  };
  update();
  const timer = setInterval(update, BAR_INTERVAL);
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
      if (!keeps) terminal.eraseLast();
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
 * The terminal of cli-progress, without what harms: it would save the cursor's place at the start
 * and go back there at the end, over the lines that were printed since.
 */
class BarTerminal {
  readonly #stream: NodeJS.WriteStream;
  #last = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  erase(): void {
    this.#stream.write('\r\u001b[K');
  }

  redraw(): void {
    this.#stream.write(this.#last);
  }

  /** Takes the finished bar and its line end away. */
  eraseLast(): void {
    this.#stream.write('\u001b[1A\r\u001b[K');
  }

  isTTY(): boolean {
    return this.#stream.isTTY;
  }

  getWidth(): number {
    return this.#stream.columns || 80;
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
