/** `flagprobe completion`: a script that lets a shell complete command lines of flagprobe. */

import { choice, invalidOption } from '../options/rule.js';
import { defineCommand } from './command.js';
import { bashCompletion } from './completion-bash.js';
import { fishCompletion } from './completion-fish.js';
import { completedCommands } from './completion-model.js';
import { zshCompletion } from './completion-zsh.js';
import { EXIT } from './exit-codes.js';
import { print } from './print.js';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
const shells = Object.keys(scripts) as (keyof typeof scripts)[];
const rule = choice(shells, 'bash');

/** A script holds all that it offers: at a TAB no process is started, so there is no wait. */
export const define = defineCommand({
  argument: {
    name: '<shell>',
    help: 'bash, zsh or fish',
    completes: { words: shells.map((shell) => [shell, '']) },
  },
  options: {},
  notes: ['After an update of flagprobe, a script that was saved must be made again.'],
  examples: [
    ['bash, in ~/.bashrc', 'source <(flagprobe completion bash)'],
    ['zsh, in ~/.zshrc after compinit', 'source <(flagprobe completion zsh)'],
    ['fish, in ~/.config/fish/config.fish', 'flagprobe completion fish | source'],
  ],
  async run([given = '', ...others], _, { stdout }, program) {
    const shell = others.length === 0 ? rule.read(given, 'SHELL') : undefined;
    if (shell === undefined) {
      throw invalidOption('SHELL', rule.expected, [given, ...others].join(' '), rule.choices);
    }
    await print(stdout, scripts[shell](completedCommands(program)));
    return EXIT.answered;
  },
});
