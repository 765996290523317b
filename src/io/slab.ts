/** Copies of bytes whose buffer is about to be read into again. */

/** Bytes; one allocation for many small copies costs a fraction of one each. */
const SLAB = 1024 * 1024;

let slab = Buffer.alloc(0);
let used = 0;

/** A copy of bytes `from` to `to`. It keeps its slab in memory: for what is soon done with. */
export function copied(bytes: Buffer, from: number, to: number): Buffer {
  const size = to - from;
  if (size > SLAB / 8) return Buffer.from(bytes.subarray(from, to));
  if (used + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB);
    used = 0;
  }
  const copy = slab.subarray(used, used + size);
  used += size;
  bytes.copy(copy, 0, from, to);
  return copy;
}
