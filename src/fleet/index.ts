/**
 * `flagprobe/fleet`: both sides of a fleet, for programs of your own. It needs the packages `bullmq` and
 * `ioredis`, and a Redis or Valkey that both sides can reach.
 */

export { RunError } from '../core/run-error.js';
export type { WorkerProbeOptions } from '../probe/options.js';
export type { Chunk } from './chunks.js';
export { type Fleet, type FleetOptions, openFleet } from './coordinator.js';
export type { ChunkResult, Plan } from './protocol.js';
export type { RedisOptions } from './redis.js';
export { type FleetWorker, type FleetWorkerOptions, openFleetWorker } from './worker.js';
