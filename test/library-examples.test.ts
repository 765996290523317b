/** The reference of the library: every function and class that it exports has an example. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** The names of values that a file exports from others. */
function valuesOf(path: string): string[] {
  const text = readFileSync(join(src, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const lists = [...text.matchAll(/^export \{([^}]*)\}/gm)].map(([, list]) => list as string);
  const names = lists
    .join(',')
    .split(',')
    .map((name) => name.trim());
  return names.filter((name) => name !== '' && !name.startsWith('type '));
}

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('index.ts'))
  .map((path) => readFileSync(join(src, path), 'utf8'));

it.each(['index.ts', 'fleet/index.ts'].flatMap((path) => valuesOf(path).map((name) => [name])))(
  '%s has an example',
  (name) => {
    const declared = new RegExp(
      `(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)\\nexport (?:async )?(?:function\\*?|class) ${name}\\b`,
    );
    const comment = sources.map((text) => declared.exec(text)?.[1]).find(Boolean);
    expect(comment).toContain('@example');
  },
);
