#!/usr/bin/env node
// getaddrinfo runs on libuv's thread pool, of which half may do DNS at a time, and whose size is read
// once, before the first ES module is loaded.
process.env.UV_THREADPOOL_SIZE ??= '64';

import('../dist/cli/main.js').then(({ runMain }) => runMain());
