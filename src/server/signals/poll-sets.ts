import { encodeUtf8 } from '../../core/bytes.ts'
import type { Fetch } from '../../core/clock.ts'
import { isJsonObject, type Json, member, parseStrictJson } from '../../core/json.ts'
import { readBounded } from '../../core/read-bounded.ts'
import { MAX_POLL_BYTES, MAX_POLLED_SETS, POLL_DEADLINE_MS } from '../limits.ts'
import type { SetError } from './set-error.ts'

/** What the transmitter is told of the tokens it handed over before, by their `jti`. */
export interface PollAnswers {
  /** Done, and on the disk. */
  readonly ack: readonly string[]
  /** Never to be done. */
  readonly setErrs: Readonly<Record<string, SetError>>
}

export interface Poll {
  readonly url: string
  /** Access token for the transmitter. */
  readonly token: string
  readonly answers: PollAnswers
  /** Ends it early. */
  readonly signal: AbortSignal
}

/** Tokens by their `jti`, as the transmitter says. */
export type PolledSets = readonly (readonly [jti: string, token: string])[]

/**
 * Asks a transmitter once for its tokens, and answers for those before (RFC 8936 §2.2). It does not wait for tokens to come.
 *
 * @throws {TypeError} When there is no answer, or none of this form.
 */
export async function pollSets(fetch: Fetch, { url, token, answers, signal }: Poll): Promise<PolledSets> {
  const { ack, setErrs } = answers
  const asked = { maxEvents: MAX_POLLED_SETS, returnImmediately: true, ack, setErrs }
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    credentials: 'omit',
    signal: AbortSignal.any([signal, AbortSignal.timeout(POLL_DEADLINE_MS)]),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: new Uint8Array(encodeUtf8(JSON.stringify(asked))),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw unusable(`status ${response.status}`)
  }
  const body = await readBounded(response.body, MAX_POLL_BYTES)
  return setsIn(body === undefined ? undefined : parseStrictJson(new TextDecoder().decode(body)))
}

function setsIn(json: Json | undefined): PolledSets {
  const sets = isJsonObject(json) ? (member(json, 'sets') ?? {}) : undefined
  if (!isJsonObject(sets)) throw unusable('no object with sets')
  const entries = Object.entries(sets).map(
    ([jti, token]) => [jti, typeof token === 'string' ? token : ''] as const,
  )
  return entries.slice(0, MAX_POLLED_SETS)
}

function unusable(what: string): Error {
  return new TypeError(`the transmitter gave no usable answer: ${what}`)
}
