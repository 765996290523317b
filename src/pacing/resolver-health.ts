/** Whether a resolver is there. Pure: time is passed in, in milliseconds. */

export type Health =
  | { readonly kind: 'healthy' }
  /** Silent for longer than it should be: it gets nothing while others are well. */
  | { readonly kind: 'suspect' }
  /** Not asked before `until`, when it is health-checked; `forMs` is how long it stays there. */
  | { readonly kind: 'quarantined'; readonly until: number; readonly forMs: number }
  /** The same, because its certificate could not be verified. */
  | { readonly kind: 'unverified'; readonly until: number; readonly forMs: number };

export type HealthEvent =
  | { readonly kind: 'answered' }
  /** How long it has been silent while asked, and how long ago a health check was sent. */
  | {
      readonly kind: 'silent';
      readonly forMs: number;
      readonly checkedForMs: number | undefined;
      /** How long it may be silent before it is checked, and how long a check may take before that is suspicious. */
      readonly checkAfterMs: number;
      readonly patienceMs: number;
    }
  /** Its socket refuses or its connections break; its certificate is wrong. */
  | { readonly kind: 'unreachable' | 'unverified' };

/** Silence, a health check unanswered, that means that a resolver is gone. */
const SILENCE_MS = 3000;
/** How long the health check of a quarantined resolver may take at least. */
const CHECK_MS = 1000;
const FIRST_QUARANTINE_MS = 1000;
/** The longest quarantine while other resolvers answer, and while none does. */
export const MAX_QUARANTINE_MS = 30_000;
export const MAX_OUTAGE_QUARANTINE_MS = 2000;

export const healthy: Health = { kind: 'healthy' };

/** A resolver that is not asked at all. */
export type Away = Extract<Health, { readonly until: number }>;

export function isAway(health: Health): health is Away {
  return health.kind === 'quarantined' || health.kind === 'unverified';
}

/** Whether a health check is to be sent now. */
export function needsCheck(health: Health, silence: HealthEvent & { kind: 'silent' }, now: number) {
  if (silence.checkedForMs !== undefined) return false;
  if (isAway(health)) return now >= health.until;
  // Its check may have ended with its connection: without another it would stay suspect for ever.
  return health.kind === 'suspect' || silence.forMs >= silence.checkAfterMs;
}

/** @param atMostMs how long a quarantine may last that this event begins */
export function nextHealth(
  health: Health,
  event: HealthEvent,
  now: number,
  atMostMs = MAX_QUARANTINE_MS,
): Health {
  switch (event.kind) {
    case 'answered':
      return healthy;
    case 'silent':
      return afterSilence(health, event, now, atMostMs);
    case 'unreachable':
      return quarantine(health, 'quarantined', now, atMostMs);
    case 'unverified':
      return quarantine(health, 'unverified', now, atMostMs);
  }
}

function afterSilence(
  health: Health,
  { checkedForMs, checkAfterMs, patienceMs }: HealthEvent & { kind: 'silent' },
  now: number,
  atMostMs: number,
): Health {
  if (checkedForMs === undefined) return health;
  if (isAway(health)) {
    return checkedForMs >= Math.max(CHECK_MS, patienceMs)
      ? quarantine(health, health.kind, now, atMostMs)
      : health;
  }
  if (checkedForMs >= SILENCE_MS - Math.min(checkAfterMs, SILENCE_MS / 2)) {
    return quarantine(health, 'quarantined', now, atMostMs);
  }
  return checkedForMs >= patienceMs ? { kind: 'suspect' } : health;
}

/** Each quarantine in a row is twice as long as the one before. */
function quarantine(
  health: Health,
  kind: 'quarantined' | 'unverified',
  now: number,
  atMostMs: number,
): Health {
  const doubled = isAway(health) ? health.forMs * 2 : FIRST_QUARANTINE_MS;
  const forMs = Math.min(doubled, MAX_QUARANTINE_MS);
  return { kind, forMs, until: now + Math.min(forMs, atMostMs) };
}
