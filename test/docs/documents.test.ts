/** What holds for the documents as a whole: links lead somewhere, and every option is explained. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/in-process.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const paths = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  'bench/README.md',
].filter((path) => path.endsWith('.md'));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '');
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The links of a document to other files and to headings, where they lead nowhere. */
function deadLinks(path: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^\w+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(root, to))) return true;
      return anchor !== undefined && !anchorsOf(read(to)).includes(anchor);
    });
}

describe('the documents', () => {
  it.each(paths)('%s has no dead link', (path) => {
    expect(deadLinks(path, read(path))).toEqual([]);
  });

  it('a dead link is seen', () => {
    const text = '[a](docs/none.md) [b](#none) [c](LICENSE) [d](#license) [e](https://example.org)';
    expect(deadLinks('README.md', text)).toEqual(['docs/none.md', '#none']);
  });

  it('README stays small, and leads to every other document', () => {
    expect(statSync(join(root, 'README.md')).size).toBeLessThanOrEqual(8192);
    const text = read('README.md');
    for (const path of paths.filter((each) => each.startsWith('docs/'))) {
      expect(text).toContain(`](${path})`);
    }
  });

  it.each(['probe', 'download', 'worker', 'serve'])(
    'explain every option of %s',
    async (command) => {
      const { stdout } = await runInProcess([command, '--help']);
      const options = [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option);
      expect(options.length).toBeGreaterThan(3);
      const text = paths.map(read).join('\n');
      const isExplained = (option: string) => new RegExp(`${option}(?![\\w-])`).test(text);
      expect(options.filter((option) => !isExplained(option as string))).toEqual([]);
    },
  );

  it('architecture.md has every folder of the source, and no other file than there are', () => {
    const text = read('docs/architecture.md');
    for (const entry of readdirSync(join(root, 'src'), { withFileTypes: true })) {
      if (entry.isDirectory()) expect(text).toContain(`| \`src/${entry.name}/\` |`);
    }
    const rows = [...text.matchAll(/^\| `(src\/\w+\/)` \| (.*) \|$/gm)];
    const files = rows.flatMap(([, folder, about]) =>
      [...(about as string).matchAll(/`([\w-]+\.ts)`/g)].map(([, file]) => `${folder}${file}`),
    );
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
