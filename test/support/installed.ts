import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where servers are kept, which is not on everyone's path. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** The path of a program; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Whether tests that need these programs are left out, which is said; in CI it is an error. */
export function lacks(...names: string[]): boolean {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return false;
  const reason = `not installed: ${missing.join(', ')}`;
  if (process.env.CI) throw new Error(reason);
  console.warn(`Tests are skipped, ${reason}`);
  return true;
}
