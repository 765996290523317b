#!/usr/bin/env node
// getaddrinfo runs on libuv's thread pool, of which half may do DNS at a time. The pool's size is
// read once, before the first ES module is loaded: hence a CommonJS file that does nothing else.
process.env.UV_THREADPOOL_SIZE ??= '64';
import('../dist/cli/main.js').then(({ runMain }) => runMain());
