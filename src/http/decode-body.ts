/** Undoes the content encoding of a body (RFC 9110, 8.4). */

import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { HttpFailure } from './failure.js';
import type { Reply, Room } from './reply.js';

/** By the name of the encoding: what undoes it. */
const decoders: Readonly<Record<string, (bytes: Uint8Array) => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  // Some servers leave out the zlib header (RFC 9110, 8.4.1.2).
  deflate: ([first = 0]) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
};

/** Sent with a request: the encodings that are undone; servers do not agree on what `deflate` is. */
export const ACCEPT_ENCODING = 'gzip, br';

export interface DecodeOptions {
  /** Bytes of the largest decoded body. */
  readonly maxSize: number;
  /** Where decoded bytes find room. */
  readonly room?: Room | undefined;
  /** Whether a body is seen not to be encoded, whatever its headers say. */
  readonly isPlain?: (bytes: Uint8Array) => boolean;
}

export interface Decoded {
  readonly bytes: Uint8Array;
  /** One that we do not know: it is not undone, nor are those that were applied before it. */
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
  if (encodings.length === 0 || options.isPlain?.(bytes)) return { bytes };
  return undo(encodings, reply, options);
}

async function undo(
  encodings: readonly string[],
  reply: Reply,
  { maxSize, room }: DecodeOptions,
): Promise<Decoded | HttpFailure> {
  const { body, status } = reply;
  let bytes = body;
  try {
    // The last that was applied is undone first.
    for (const name of encodings.toReversed()) {
      const decoder = Object.hasOwn(decoders, name) && decoders[name]?.(bytes);
      if (!decoder) return { bytes, encoding: name };
      const decoded = await collect(decoder, bytes, { maxSize, room });
      if (!decoded) return tooBig(maxSize, status);
      bytes = decoded;
    }
    return { bytes };
  } catch (error) {
    const { code, message: detail } = error as NodeJS.ErrnoException;
    if (code !== 'Z_BUF_ERROR') return { failed: 'malformed', detail, isTransient: false, status };
    // Where its length was not told, the connection may have ended early.
    const isTransient = reply.header('content-length') === undefined;
    return { failed: 'truncated', detail: 'the encoded body has no end', isTransient, status };
  }
}

export function tooBig(maxSize: number, status: number): HttpFailure {
  const detail = `more than ${maxSize} bytes`;
  return { failed: 'too-big', detail, isTransient: false, status, remedy: 'size' };
}

/** Room is made for each piece before the next is decoded, so a bomb cannot outgrow it. */
async function collect(
  decoder: Transform,
  bytes: Uint8Array,
  { maxSize, room }: DecodeOptions,
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
