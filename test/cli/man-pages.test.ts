import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/core/version.js';
import { runInProcess } from '../support/in-process.js';
import { lacks } from '../support/installed.js';
import { findProgram } from '../support/programs.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { man, version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const pages: readonly string[] = readdirSync(`${root}dist/man`).map((name) => `dist/man/${name}`);
const commands = pages.flatMap((page) => /flagprobe-(\w+)\.1$/.exec(page)?.[1] ?? []);

/** What mandoc makes of pages, or finds wrong with them. */
async function mandoc(...args: string[]): Promise<string> {
  const run = promisify(execFile)(findProgram('mandoc') as string, args, { cwd: root });
  const { stdout, stderr } = await run.catch((error) => error);
  return `${stdout}${stderr}`;
}

describe('the man pages', () => {
  it('are all named in package.json, and no others', () => {
    expect([...man].sort()).toEqual(pages.map((page) => `./${page}`).sort());
    expect(commands).toContain('probe');
    for (const page of man) expect(existsSync(`${root}${page}`)).toBe(true);
  });

  it('are of the version that package.json has', () => {
    expect(VERSION).toBe(version);
    expect(readFileSync(`${root}dist/man/flagprobe.1`, 'utf8')).toContain(`"flagprobe ${version}"`);
  });

  it.skipIf(lacks('mandoc'))('have nothing wrong with them', async () => {
    expect(await mandoc('-T', 'lint', ...pages)).toBe('');
  });

  it.skipIf(lacks('mandoc'))('name every option that help names', async () => {
    for (const command of commands) {
      const { stdout: help } = await runInProcess([command, '--help'], 100);
      const options = [...help.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option);
      const shown = await mandoc(
        '-T',
        'ascii',
        '-O',
        'width=100',
        `dist/man/flagprobe-${command}.1`,
      );
      // Bold is a letter, a backspace and the letter again.
      const page = shown.replaceAll(/.\x08/g, '');
      const named = [...page.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option);
      expect(options.filter((option) => !named.includes(option))).toEqual([]);
      expect(page).not.toContain('undefined');
    }
  });
});
