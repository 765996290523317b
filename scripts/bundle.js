/**
 * Puts the modules of the command together: a probe needs some 180, each takes a third of a millisecond
 * to find, read and link, and most runs are short. What is imported only when it is needed stays apart.
 * The library stays as it is: whoever uses it may have a bundler of their own.
 */

import { isAbsolute } from 'node:path';
import { build } from 'rolldown';

await build({
  input: {
    main: 'dist/cli/main.js',
    // Threads begin with files of their own, beside the one that starts them.
    'saver-worker': 'dist/storage/saver-worker.js',
    'decoder-worker': 'dist/images/decoder-worker.js',
  },
  platform: 'node',
  external: (id) => !id.startsWith('.') && !isAbsolute(id),
  output: { dir: 'dist/command', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
});
