/** Ctrl-C and its kin: the first ends the run in order, the second ends the process. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Why a run was stopped early. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly signalName: NodeJS.Signals) {
    super(`Stopped by ${signalName}`);
  }
}

export interface Interrupt extends Disposable {
  /** Aborts at the first signal; its reason is an {@link Interrupted}. */
  readonly signal: AbortSignal;
  /** Stops the run for a reason of the program's own. */
  stop(reason: Error): void;
}

/** The run in progress, if there is one. */
let running: AbortController | undefined;

/**
 * Stops the run in progress, so that its results are written, and gives whether there was one that
 * had not been stopped yet.
 */
export function stopRun(reason: unknown): boolean {
  if (!running || running.signal.aborted) return false;
  running.abort(reason);
  return true;
}

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  running = controller;
  const handle = (signalName: NodeJS.Signals) => {
    if (controller.signal.reason instanceof Interrupted) die(signalName);
    else controller.abort(new Interrupted(signalName));
  };
  for (const signalName of SIGNALS) process.on(signalName, handle);
  return {
    signal: controller.signal,
    stop: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      for (const signalName of SIGNALS) process.off(signalName, handle);
      if (running === controller) running = undefined;
    },
  };
}

/** Ends the process as the signal would have: a shell loop must see that it was a signal. */
export function die(signalName: NodeJS.Signals): void {
  process.removeAllListeners(signalName);
  process.kill(process.pid, signalName);
}
