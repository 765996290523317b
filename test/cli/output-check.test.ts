import { createReadStream, createWriteStream, openSync } from 'node:fs';
import { link, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { runReported } from '../../src/cli/main.js';
import type { InputStream, OutputStream, Streams } from '../../src/cli/streams.js';
import { runInProcess } from '../support/in-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

const place = (name: string) => join(folder.path, name);
const bootstrap = '{"version":"1.0","publication":"2026-01-01T00:00:00Z","services":[]}';

/** A file, and names of the same. */
async function fileWithNames(name: string, text: string): Promise<readonly string[]> {
  const path = place(name);
  await writeFile(path, text);
  await symlink(path, `${path}.symbolic`);
  await link(path, `${path}.hard`);
  return [path, `${folder.path}/./${name}`, `${path}.symbolic`, `${path}.hard`];
}

describe('an output that is read by the same run is refused, and whole afterwards', () => {
  it.each<[string, string, string, (path: string) => string[]]>([
    ['--input', 'def.dev\n', 'input', (path) => ['probe', '-r', 'local', '-i', path]],
    ['--input', 'def.dev\n', 'csv', (path) => ['probe', '-r', 'local', '-i', path, '-f', 'csv']],
    ['--input', 'def.dev\n', 'sort', (path) => ['probe', '-r', 'local', '-i', path, '--sort=name']],
    ['--input', 'def.dev\n', 'resume', (path) => ['probe', '-r', 'local', '-i', path, '--resume']],
    ['--words', 'def\n', 'words', (path) => ['probe', '-r', 'local', '-w', `python,${path}`]],
    ['--resolver', 'local\n', 'resolvers', (path) => ['probe', 'def.dev', '-r', `@${path}`]],
    [
      '--trusted',
      'local\n',
      'trusted',
      (path) => ['probe', 'def.dev', '-r', 'local', '--trusted', `@${path}`],
    ],
    [
      '--rdap-bootstrap',
      bootstrap,
      'table',
      (path) => ['probe', 'def.dev', '-r', 'local', '--rdap', '--rdap-bootstrap', path],
    ],
    [
      '--input',
      'BR\n',
      'codes',
      (path) => ['download', '-s', 'local', '-d', place('flags'), '-i', path],
    ],
  ])('%s (%j, %s)', async (option, text, name, argsOf) => {
    const names = await fileWithNames(name, text);
    for (const output of names) {
      const { stdout, stderr, code } = await runInProcess([...argsOf(names[0]!), '-o', output]);
      expect(stderr).toBe(
        `flagprobe: Expected \`--output\` to be another file than the one that \`${option}\` reads, got \`${output}\`\n`,
      );
      expect([stdout, code]).toEqual(['', 2]);
    }
    expect(await readFile(names[0]!, 'utf8')).toBe(text);
    expect(await folder.names()).not.toContain(`${name}.resume`);
    expect(await folder.names()).not.toContain('flags');
  });

  /** A stream that is a file, as a shell opens it. */
  const appending = (path: string): OutputStream =>
    createWriteStream('', { fd: openSync(path, 'a') });

  const runWith = async (args: readonly string[], given: Partial<Streams>) => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end();
    const argv = ['probe', '-r', 'local', ...args];
    const code = await runReported(argv, { stdin, stdout, stderr, ...given });
    return { code, stderr: String(stderr.read()) };
  };

  it('as standard output, which the shell may append to', async () => {
    const path = place('log.txt');
    await writeFile(path, 'earlier\n');
    const stdout = appending(path);
    const { code, stderr } = await runWith(['def.dev', '-o', path], { stdout });
    expect([code, stderr]).toEqual([
      2,
      `flagprobe: Expected \`--output\` to be another file than standard output (leave it out), got \`${path}\`\n`,
    ]);
    expect(await readFile(path, 'utf8')).toBe('earlier\n');
  });

  it('as the journal of another run', async () => {
    const path = place('other.txt.resume');
    await writeFile(path, 'a journal\n');
    const { code } = await runInProcess(['probe', 'def.dev', '-r', 'local', '-o', path]);
    expect(code).toBe(2);
    expect(await readFile(path, 'utf8')).toBe('a journal\n');
  });
  const refused = (text: string) => ({ code: 2, stderr: `flagprobe: Expected ${text}\n` });

  it('as standard input', async () => {
    const [path = '', , , hard = ''] = await fileWithNames('standard', 'def.dev\n');
    const run = (output: string) => {
      const stdin: InputStream = createReadStream('', { fd: openSync(path, 'r') });
      return runWith(['-', '-o', output], { stdin });
    };
    expect(await run(hard)).toEqual(
      refused(`\`--output\` to be another file than standard input, got \`${hard}\``),
    );
    expect(await readFile(path, 'utf8')).toBe('def.dev\n');
    expect((await run(place('other'))).code).toBe(0);
    expect((await run('/dev/null')).code).toBe(0);
  });

  it('as standard output', async () => {
    const [path = ''] = await fileWithNames('appended', 'def.dev\n');
    const stdin: InputStream = createReadStream('', { fd: openSync(path, 'r') });
    expect(await runWith(['-i', path], { stdout: appending(path) })).toEqual(
      refused('standard output to be another file than the one that `--input` reads'),
    );
    expect(await runWith(['-'], { stdin, stdout: appending(path) })).toEqual(
      refused('standard output to be another file than standard input'),
    );
    expect(await readFile(path, 'utf8')).toBe('def.dev\n');
    await writeFile(place('results'), '');
    expect((await runWith(['-i', path], { stdout: appending(place('results')) })).code).toBe(0);
    expect(await readFile(place('results'), 'utf8')).toBe('+ def.dev\n');
    await rm(place('results'));
  });

  it('in the place of its journal', async () => {
    const path = place('list.resume');
    await writeFile(path, 'def.dev\n');
    const args = ['probe', '-i', path, '-r', 'local', '--force', '-o', place('list')];
    const { stderr, code } = await runInProcess(args);
    expect(stderr).toContain(
      'to be a file whose `.resume` file is not the one that `--input` reads',
    );
    expect(code).toBe(2);
    expect(await readFile(path, 'utf8')).toBe('def.dev\n');
    expect(await folder.names()).not.toContain('list');
  });

  it('but not for the name of a built-in list, or of a resolver', async () => {
    for (const output of ['python', 'local']) await writeFile(place(output), 'old\n');
    const before = process.cwd();
    // Only from inside the folder is the name of a file that of a list.
    process.chdir(folder.path);
    try {
      const args = ['probe', '-w', 'python', '-L', '2', '-r', 'local', '-f', 'names', '-o'];
      for (const output of ['python', 'local']) {
        expect((await runInProcess([...args, output])).code).toBe(0);
        expect(await readFile(output, 'utf8')).toContain('as.dev\n');
      }
    } finally {
      process.chdir(before);
    }
  });
});

describe('results in the folder of a download', () => {
  const dir = place('saved');
  const download = (output: string, ...more: string[]) =>
    runInProcess(['download', 'BR', '-s', 'local', '-d', dir, '-q', '-o', output, ...more]);

  it.each(['BR.gif', 'br.JPEG', '.flagprobe.jsonl', '.flagprobe.lock', 'index.html'])(
    'are refused as %s',
    async (name) => {
      const output = join(dir, name);
      const message = `flagprobe: Expected \`--output\` to be a file outside \`${dir}\`, where images and the manifest are saved, got \`${output}\`\n`;
      expect(await download(output)).toMatchObject({ code: 2, stdout: '', stderr: message });
    },
  );

  it('are refused through links, and under any name where anything is saved', async () => {
    await mkdir(dir, { recursive: true });
    await symlink(dir, place('same'));
    await symlink(join(dir, 'BR.gif'), place('results'));
    for (const output of [join(place('same'), 'BR.gif'), place('results')]) {
      expect((await download(output)).code).toBe(2);
    }
    expect((await download(join(dir, 'results.csv'), '--accept', 'any')).code).toBe(2);
  });

  it('are written under another name, and beside it', async () => {
    for (const output of [join(dir, 'results.csv'), place('BR.gif'), join(dir, 'results.csv')]) {
      expect(await download(output, '-f', 'csv')).toMatchObject({ code: 0, stderr: '' });
      expect(await readFile(output, 'utf8')).toMatch(/\r?\nBR,/);
    }
  });
});
