/** Bits that are set in `held` and not in `next`; entries beyond the end of `next` count as not set. */
export function countMissing(held: Uint8Array, next: Uint8Array): number {
  let missing = 0
  for (let i = 0; i < held.length; i++) {
    let bits = (held[i] ?? 0) & ~(next[i] ?? 0)
    for (; bits !== 0; bits &= bits - 1) missing++
  }
  return missing
}

/** Bits that are set in either. Returns `next` itself when it has them all, so that the usual case copies nothing. */
export function unionBits(held: Uint8Array, next: Uint8Array): Uint8Array {
  if (countMissing(held, next) === 0) return next
  const union = new Uint8Array(Math.max(held.length, next.length))
  union.set(next)
  for (let i = 0; i < held.length; i++) union[i] = (union[i] ?? 0) | (held[i] ?? 0)
  return union
}
