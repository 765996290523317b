/** What a client of an embedded HTTP server may cost. */

/** Milliseconds for the head of a request, for all of it, and between two; bytes of a head. */
export const httpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
};

/** Connections at a time; more are closed at once. */
export const MAX_CONNECTIONS = 4096;
