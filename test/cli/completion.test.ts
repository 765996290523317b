/** The scripts of `flagprobe completion`, loaded into the shells that they are for. */

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInProcess } from '../support/in-process.js';
import { lacks } from '../support/installed.js';
import { findProgram } from '../support/programs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Command lines, and what a shell offers at their end. */
const offers: Readonly<Record<string, readonly string[]>> = {
  'flagprobe pro': ['probe'],
  'flagprobe completion z': ['zsh'],
  'flagprobe help wor': ['worker'],
  'flagprobe probe --resu': ['--resume'],
  'flagprobe download --max-s': ['--max-size'],
  'flagprobe probe --transport t': ['tcp', 'tls'],
  'flagprobe probe -v -f jso': ['jsonl'],
  'flagprobe download XK --format na': ['names'],
  'flagprobe probe -t TLS': ['TLSA'],
  'flagprobe probe -r lo': ['local'],
  'flagprobe probe --only found,mis': ['missing'],
  'flagprobe download -s flagcdn:w20/': ['flagcdn:w20/jpg', 'flagcdn:w20/png', 'flagcdn:w20/webp'],
  'flagprobe download BR J': ['JE', 'JM', 'JO', 'JP'],
  'flagprobe probe -i nam': ['names one.txt', 'names.txt'],
  'flagprobe download -d fol': ['folder'],
  'flagprobe probe -w javas': ['javascript'],
  'flagprobe probe --tries 1': [],
  'flagprobe probe na': [],
};
const lines = Object.keys(offers);

/** Readline replaces only what stands behind the last `:` or `=`. */
const bash = `
source completion.bash
for line; do
  COMP_LINE=$line COMP_POINT=\${#line} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
  _flagprobe
  printf '%s\\n' "$line" "\${COMPREPLY[@]}" ''
done`;

const fish = `
source completion.fish
for line in $argv
  echo $line; complete -C $line; echo
end`;

/**
 * A second zsh, on a terminal of its own, whose compadd tells what it is given. Keys are only sent while
 * its line editor waits for them: before, the terminal itself would act on them.
 */
const zsh = `
zmodload zsh/zpty
cat > setup.zsh <<'END'
PROMPT= PS2=
autoload -Uz compinit; compinit -u -D
source completion.zsh
bindkey '^I' complete-word
compadd() {
  local -a offered
  builtin compadd -O offered "$@" 2>/dev/null
  print -rl -- $offered >> offered
  builtin compadd "$@"
}
zle-line-init() { print -n READY }
zle -N zle-line-init
END
zpty shell zsh -f -i
zpty -w shell 'source setup.zsh'
zpty -r -m shell REPLY '*READY*'
for line; do
  : > offered
  zpty -w -n shell $line$'\\t\\x15\\n'
  zpty -r -m shell REPLY '*READY*'
  print -r -- $line; cat offered; print
done`;

describe('completion', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder.path, 'folder'));
    for (const name of ['names.txt', 'names one.txt']) await writeFile(join(folder.path, name), '');
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  /** What a shell offers for each line, sorted, without the texts beside the words. */
  async function offered(
    shell: string,
    args: readonly string[],
    asked: readonly string[],
  ): Promise<Record<string, string[]>> {
    const { stdout: script, code } = await runInProcess(['completion', shell]);
    expect(code).toBe(0);
    await writeFile(join(folder.path, `completion.${shell}`), script);
    const { PATH, TERM = 'xterm' } = process.env;
    const { stdout }: { stdout: string } = await promisify(execFile)(
      findProgram(shell) as string,
      [...args, ...asked],
      {
        cwd: folder.path,
        env: { PATH, TERM, HOME: folder.path, LC_ALL: 'C.UTF-8' },
        timeout: 50_000,
      },
    );
    const blocks = stdout.trimEnd().split(/\n(?=flagprobe )/);
    return Object.fromEntries(
      blocks.map((block) => {
        const [line, ...rest] = block.split('\n');
        const words = rest.map((text) => text.replace(/\t.*/, '').replace(/\/$/, ''));
        return [line as string, [...new Set(words.filter((word) => word !== ''))].sort()];
      }),
    );
  }

  it.skipIf(lacks('bash'))(
    'offers the same in bash, of which readline keeps the beginning',
    async () => {
      expect(await offered('bash', ['--norc', '-c', bash, 'bash'], lines)).toEqual({
        ...offers,
        'flagprobe probe --only found,mis': ['found,missing'],
        'flagprobe download -s flagcdn:w20/': ['w20/jpg', 'w20/png', 'w20/webp'],
      });
    },
  );

  it.skipIf(lacks('zsh'))('offers the same in zsh', async () => {
    const answers = await offered('zsh', ['-f', '-c', zsh, 'zsh'], lines);
    // What zsh would insert for a name with a space is offered beside the name.
    const named = answers['flagprobe probe -i nam']?.filter((name: string) => !name.includes('\\'));
    expect({ ...answers, 'flagprobe probe -i nam': named }).toEqual(offers);
  });

  it.skipIf(lacks('fish'))('offers the same in fish, lists with what stands before', async () => {
    expect(await offered('fish', ['--no-config', '-c', fish], lines)).toEqual({
      ...offers,
      'flagprobe probe --only found,mis': ['found,missing'],
    });
  });

  it.skipIf(lacks('bash'))('completes --option=value in bash', async () => {
    const asked = ['flagprobe probe --only=found,mis', 'flagprobe download --server=flagcdn:w20/p'];
    expect(await offered('bash', ['--norc', '-c', bash, 'bash'], asked)).toEqual({
      'flagprobe probe --only=found,mis': ['found,missing'],
      'flagprobe download --server=flagcdn:w20/p': ['w20/png'],
    });
  });

  it.each([
    [['completion'], 'Expected `SHELL` to be bash, zsh or fish, got nothing'],
    [['completion', 'fsh'], 'got `fsh` (did you mean `zsh`?)'],
    [['completion', 'fish', 'bash'], 'got `fish bash`'],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await runInProcess(argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
