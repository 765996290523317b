import { findProgram } from './programs.js';

/** Whether tests that need these programs are left out, which is said; in CI it is an error. */
export function lacks(...names: string[]): boolean {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return false;
  const reason = `not installed: ${missing.join(', ')}`;
  if (process.env.CI) throw new Error(reason);
  console.warn(`Tests are skipped, ${reason}`);
  return true;
}
