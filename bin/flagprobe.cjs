#!/usr/bin/env node
// getaddrinfo runs on libuv's thread pool, of which half may do DNS at a time, and whose size is read
// once, before the first ES module is loaded.
process.env.UV_THREADPOOL_SIZE ??= '64';

import('../dist/command/main.js').then(
  ({ runMain }) => runMain(),
  (error) => {
    if (error.code !== 'EMFILE') throw error;
    process.stderr.write(
      'flagprobe: cannot start: too many open files (EMFILE); `ulimit -n` is too low\n',
    );
    process.exitCode = 4;
  },
);
