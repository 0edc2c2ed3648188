import { decodeUtf8, encodeUtf8 } from '../core/bytes.ts'
import { type Clock, type Fetch, type Random, systemClock, systemRandom } from '../core/clock.ts'
import { type Json, parseStrictJson } from '../core/json.ts'
import { readBounded } from '../core/read-bounded.ts'
import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import { PROCURA_API_PROFILE } from '../securing/http-signature/profile.ts'
import { signRequest } from '../securing/http-signature/sign.ts'
import { refusalOfIssuer } from './issuer-problem.ts'
import { parseIssuerUrl } from './issuer-url.ts'

/** How long one call may take, answer included, in milliseconds. */
const ISSUER_TIMEOUT_MS = 10_000

/** Largest answer that is read: a page of 100 delegations with their chains. */
const MAX_ISSUER_ANSWER_BYTES: number = 4 * 1024 * 1024

/** Whom to call, and as whom. */
export interface IssuerClientOptions {
  /** Base URL: `https://id.example`; http only for a loopback host. */
  readonly issuer: string
  /** Signs each call; its DID is who calls. */
  readonly signer: Signer
  /** Default: the platform's. */
  readonly fetch?: Fetch
  /** Default: the system's. */
  readonly clock?: Clock
  readonly random?: Random
  /** Default 10 s. */
  readonly timeoutMs?: number
}

/** One call of the issuer's API (docs/spec/09-api.md). */
export interface IssuerCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Under the base URL, each segment already escaped: `/v1/agents`. */
  readonly path: string
  /** `undefined` ones are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Sent as JSON. Absent: no body. */
  readonly body?: object
  /** 1 to 255 printable ASCII characters. Calls with one key by one caller have one effect. */
  readonly idempotencyKey?: string
  /** Default `application/json`. */
  readonly accept?: string
}

/** A call that the issuer carried out. */
export interface IssuerAnswer {
  /** 200 to 299. */
  readonly status: number
  /** The body as text. */
  readonly text: string
  /** The body as JSON; `undefined` when it is none, such as a `vc+jwt`. */
  readonly json: Json | undefined
}

/** Calls the issuer's API with RFC 9421 signatures (profile `procura-api`). Does not try again by itself. */
export interface IssuerClient {
  /** Base URL, ends in `/`. */
  readonly issuer: string
  /**
   * @throws {ProcuraError} `ERR_PROCURA_ISSUER_REFUSED`, with `problem`, when the issuer said no;
   *   `ERR_PROCURA_ISSUER_UNREACHABLE` when it did not answer, not in time, or not with anything usable.
   */
  call(call: IssuerCall): Promise<IssuerAnswer>
}

/**
 * Makes a client of the issuer's API.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when `issuer` is not a usable URL.
 */
export function createIssuerClient(options: IssuerClientOptions): IssuerClient {
  const base = parseIssuerUrl(options.issuer)
  const send = options.fetch ?? ((input, init) => fetch(input, init))
  return {
    issuer: base.href,
    async call(call) {
      const url = urlOf(base, call)
      const init = await signedInit(url, call, options)
      const signal = AbortSignal.timeout(options.timeoutMs ?? ISSUER_TIMEOUT_MS)
      return answerOf(await reach(() => exchange(send, url.href, { ...init, signal })))
    },
  }
}

function urlOf(base: URL, { path, query = {} }: IssuerCall): URL {
  const url = new URL(`.${path}`, base)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  if (url.href.startsWith(base.href)) return url
  throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'path must lie under the base URL of the issuer')
}

async function signedInit(url: URL, call: IssuerCall, options: IssuerClientOptions): Promise<RequestInit> {
  const { signer, clock = systemClock, random = systemRandom } = options
  const { method, idempotencyKey, accept = 'application/json' } = call
  const body = call.body === undefined ? undefined : new Uint8Array(encodeUtf8(JSON.stringify(call.body)))
  const headers: Record<string, string> = {
    accept,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  }
  const profile = PROCURA_API_PROFILE
  const request = { profile, method, targetUri: url.href, headers, signer, now: clock(), random }
  const proof = await signRequest(body === undefined ? request : { ...request, body })
  return { method, headers: { ...headers, ...proof }, body: body ?? null, redirect: 'manual' }
}

interface Exchange {
  readonly response: Response
  /** `undefined` when it was too large or not UTF-8. */
  readonly text: string | undefined
}

async function exchange(send: Fetch, url: string, init: RequestInit): Promise<Exchange> {
  const response = await send(url, init)
  const bytes = await readBounded(response.body, MAX_ISSUER_ANSWER_BYTES)
  return { response, text: bytes === undefined ? undefined : decodeUtf8(bytes) }
}

async function reach<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw unreachable('the issuer could not be reached; check its URL and the network', { cause })
  }
}

function answerOf({ response, text }: Exchange): IssuerAnswer {
  if (text === undefined) throw unreachable('the answer of the issuer is too large or not UTF-8')
  const { status } = response
  const json = parseStrictJson(text)
  if (response.ok) return { status, text, json }
  throw refusalOfIssuer(status, json) ?? unreachable(`the issuer gave no usable answer (status ${status})`)
}

function unreachable(message: string, options?: ErrorOptions): ProcuraError {
  return new ProcuraError('ERR_PROCURA_ISSUER_UNREACHABLE', message, options)
}
