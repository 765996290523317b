/**
 * Plays the resolvers of one world, in a process of its own that {@link import('./start-world.js')}
 * starts: it is told what to do, and tells what it has seen, by messages.
 */

import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { DelayedReplies, ROOM } from './delayed-replies.js';
import { listenTcp, listenUdp } from './fronts.js';
import { isDead, latencyOf } from './names.js';
import { checkZone, LONGEST_REPLY, readNumber, writeReply } from './reply.js';
import { SimulatedResolver } from './simulated-resolver.js';

/**
 * @typedef {object} ServerPlan
 * @property {number} port of every resolver
 * @property {{ host: string, plan: import('./simulated-resolver.js').ResolverPlan }[]} resolvers
 * @property {import('./names.js').DeadNames} [dead]
 *
 * @typedef {object} ServerReport
 * @property {number} received questions
 * @property {number} streamed those of them that came over TCP
 * @property {number} dropped by a limit, or a full queue
 * @property {number} refused
 * @property {number} seconds from the first question to the last
 * @property {number} busySeconds of the event loop
 * @property {number} utilization of the event loop in the busiest second, 0 to 1
 * @property {number} late milliseconds, the latest reply
 * @property {number} lost questions for which the server had no memory, or the kernel no room
 */

/** @type {ServerPlan} */
let plan;
const replies = new DelayedReplies();
/** @type {SimulatedResolver[]} */
let resolvers = [];
let firstAt = 0;
let lastAt = 0;
let streamed = 0;
let dropsBefore = 0;
let loopBefore = performance.eventLoopUtilization();
let loopASecondAgo = loopBefore;
let utilization = 0;

/** @type {import('./fronts.js').OnQuestion} */
function onQuestion(resolver, target, question, client) {
  const now = performance.now();
  if (firstAt === 0) {
    firstAt = now;
    loopBefore = performance.eventLoopUtilization();
  }
  lastAt = now;
  const { bytes, start, end, delay, isStream } = question;
  if (isStream) streamed++;
  const number = readNumber(bytes, start, end);
  const latency = number < 0 ? 0 : latencyOf(number);
  const wait = resolver.answer(now - firstAt + delay, latency, isStream);
  const isRefused = resolver.isRefusing;
  if (wait < 0 || end - start + LONGEST_REPLY > ROOM) return;
  if (!isRefused && number >= 0 && isDead(number, plan.dead)) return;
  const entry = replies.take();
  if (entry < 0) return;
  const at = entry * ROOM;
  bytes.copy(replies.bytes, at, start, end);
  const length = writeReply(replies.bytes, at, number, isRefused);
  if (wait + delay >= 0.5) {
    replies.schedule(entry, length, now + delay + wait, { target, client });
  } else {
    target.reply(replies.bytes, at, at + length, client);
    replies.release(entry);
  }
}

/** Datagrams that the kernel has dropped because the server did not read them in time (Linux only). */
function kernelDrops() {
  const port = `:${plan.port.toString(16).toUpperCase().padStart(4, '0')}`;
  try {
    return readFileSync('/proc/net/udp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, remote]) => local?.endsWith(port) && remote === '00000000:0000')
      .reduce((sum, fields) => sum + Number(fields.at(-1)), 0);
  } catch {
    return 0;
  }
}

function begin() {
  for (const resolver of resolvers) resolver.reset();
  firstAt = 0;
  lastAt = 0;
  streamed = 0;
  utilization = 0;
  replies.latest = 0;
  replies.lost = 0;
  dropsBefore = kernelDrops();
}

/** @returns {ServerReport} */
function report() {
  /** @param {'received' | 'dropped' | 'refused'} key */
  const sum = (key) => resolvers.reduce((total, resolver) => total + resolver[key], 0);
  return {
    received: sum('received'),
    streamed,
    dropped: sum('dropped'),
    refused: sum('refused'),
    seconds: (lastAt - firstAt) / 1000,
    busySeconds: performance.eventLoopUtilization(loopBefore).active / 1000,
    utilization,
    late: replies.latest,
    lost: replies.lost + kernelDrops() - dropsBefore,
  };
}

function watchUtilization() {
  const now = performance.eventLoopUtilization();
  const second = performance.eventLoopUtilization(now, loopASecondAgo);
  utilization = Math.max(utilization, second.utilization);
  loopASecondAgo = now;
}

/** @param {ServerPlan} given */
async function open(given) {
  plan = given;
  checkZone();
  resolvers = plan.resolvers.map((each) => new SimulatedResolver(each.plan));
  for (const [index, { host, plan: own }] of plan.resolvers.entries()) {
    const resolver = /** @type {SimulatedResolver} */ (resolvers[index]);
    const at = { host, port: plan.port };
    await listenUdp(resolver, at, onQuestion);
    if (!own.isUdpOnly) await listenTcp(resolver, at, onQuestion);
  }
  setInterval(() => replies.tick(performance.now()), 1);
  setInterval(watchUtilization, 1000);
}

process.on('disconnect', () => process.exit());
process.on('message', async (/** @type {{ open?: ServerPlan, begin?: true }} */ message) => {
  if (message.open) await open(message.open);
  else if (message.begin) begin();
  process.send?.(report());
});
