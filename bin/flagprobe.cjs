#!/usr/bin/env node
// Two things can only be set before the first ES module is loaded.
//
// getaddrinfo runs on libuv's thread pool, of which half may do DNS at a time, and whose size is read
// once.
process.env.UV_THREADPOOL_SIZE ??= '64';
// Results by the million leave their garbage in V8's old generation, which by default may grow to
// several times what lives before it is looked through: 40 MB more at the peak, for 5 % less CPU.
require('node:v8').setFlagsFromString('--heap-growing-percent=30');

import('../dist/cli/main.js').then(({ runMain }) => runMain());
