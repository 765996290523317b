/** Undoes the content encoding of a body (RFC 9110, 8.4). */

import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { HttpFailure } from './failure.js';
import type { Reply, Room } from './reply.js';

/** By the name of the encoding: what undoes it. */
const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Sent with a request: the encodings that are undone; servers do not agree on what `deflate` is. */
export const ACCEPT_ENCODING = 'gzip, br';

export interface DecodeOptions {
  /** Bytes of the largest decoded body. */
  readonly maxSize: number;
  /** Where decoded bytes find room. */
  readonly room?: Room | undefined;
}

export interface Decoded {
  readonly bytes: Uint8Array;
  /** One that we do not know: the bytes are as they were sent. */
  readonly encoding?: string;
}

/**
 * The body as it was before it was encoded, or why that cannot be told; at once where it is not
 * encoded. An encoding that we do not know is left alone, and said in `encoding`: servers also put
 * words there that encode nothing.
 */
export function decodeBody(
  reply: Reply,
  options: DecodeOptions,
): Decoded | Promise<Decoded | HttpFailure> {
  const { body: bytes } = reply;
  if (reply.header('content-encoding') === undefined || bytes.length === 0) return { bytes };
  const encodings = reply.list('content-encoding').filter((name) => !/^(?:identity)?$/.test(name));
  const encoding = encodings.find((name) => !Object.hasOwn(decoders, name));
  return encoding === undefined ? undo(encodings, reply, options) : { bytes, encoding };
}

async function undo(
  encodings: readonly string[],
  { body, status }: Reply,
  { maxSize, room }: DecodeOptions,
): Promise<Decoded | HttpFailure> {
  let bytes = body;
  try {
    // The last that was applied is undone first.
    for (const name of encodings.toReversed()) {
      const decoded = await collect(decoders[name]!(), bytes, maxSize, room);
      if (!decoded) return tooBig(maxSize, status);
      bytes = decoded;
    }
    return { bytes };
  } catch (error) {
    const { message: detail } = error as Error;
    return { failed: 'malformed', detail, isTransient: false, status };
  }
}

export function tooBig(maxSize: number, status: number): HttpFailure {
  return { failed: 'too-big', detail: `more than ${maxSize} bytes`, isTransient: false, status };
}

/** Room is made for each piece before the next is decoded, so a bomb cannot outgrow it. */
async function collect(
  decoder: Transform,
  bytes: Uint8Array,
  maxSize: number,
  room?: Room,
): Promise<Uint8Array | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  decoder.end(bytes);
  for await (const piece of decoder as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxSize) return undefined;
    await room?.grow(piece.length);
    pieces.push(piece);
  }
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, size);
}
