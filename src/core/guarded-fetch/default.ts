import type { Fetch } from '../clock.ts'

/**
 * The platform's own fetch. Outside Node nothing lets a program see or choose the address that a name resolves to, so
 * names are all that can be checked, and that is the caller's; where it matters, let the network forbid it.
 */
export function guardedFetch(_mayBePrivate: (host: string) => boolean): Fetch {
  return (input, init) => globalThis.fetch(input, init)
}
