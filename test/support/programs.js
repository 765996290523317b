import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where servers and tools are installed that are not on every user's path. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/sbin'];

/**
 * The path of a program; undefined where it is not installed.
 * @param {string} name
 */
export function findProgram(name) {
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
