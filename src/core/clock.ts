/** Now, in milliseconds since 1970-01-01T00:00:00Z. */
export type Clock = () => number

/** `length` unpredictable bytes. */
export type Random = (length: number) => Uint8Array

/** The part of the Fetch API that Procura uses. */
export type Fetch = (input: string | Request, init?: RequestInit) => Promise<Response>

/** How far the clocks of two parties may be apart, in milliseconds (docs/spec/10-reference.md "Defaults"). */
export const CLOCK_SKEW_MS = 30_000

export const systemClock: Clock = () => Date.now()

export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length))
