import type { Fetch } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import { LruMap } from '../core/lru-map.ts'
import { readBounded } from '../core/read-bounded.ts'
import { ProcuraError } from '../errors.ts'
import { UPLOAD_PATH, UPLOAD_TYPE } from '../model/chain-upload.ts'
import { formatReference, MAX_AGENT_DELEGATION_BYTES } from '../securing/http-signature/agent-delegation.ts'
import { digestChain, formatUpload } from '../securing/http-signature/chain-upload.ts'
import { isProblem, MAX_PROBLEM_BYTES } from './problem-in.ts'
import type { RequestSigner } from './request-signer.ts'

/** Origins that are remembered to have the chain. */
const MAX_ORIGINS = 256

/** Time for one upload, in milliseconds, from connecting to the last byte of the answer. */
const UPLOAD_DEADLINE_MS = 10_000

/** A chain at an origin. */
export interface Upload {
  /** What `Agent-Delegation` is, once the chain is there. */
  readonly reference: string
  /** Makes the answer of an origin that did not take the chain; resolves to nothing when it did. */
  readonly refusal: Promise<(() => Response) | undefined>
}

interface Sending {
  readonly reference: string
  readonly sign: RequestSigner
  readonly staple?: JsonObject
}

/**
 * Sends a chain that no request field holds to the service providers that are called, once to each
 * (docs/spec/06-presenting.md §1.1). What one origin has been sent says nothing about any other.
 */
export class ChainUploads {
  readonly #uploads = new LruMap<string, Upload>({ maxWeight: MAX_ORIGINS })
  /** Under way, by origin and reference. */
  readonly #staples = new Map<string, Promise<boolean>>()
  readonly #fetch: Fetch

  constructor(fetch: Fetch) {
    this.#fetch = fetch
  }

  /** The upload of a chain at an origin; sends it unless that was done. Calls while it is under way share it. */
  at(origin: string, texts: readonly string[], sign: RequestSigner): Upload {
    const reference = formatReference(digestChain(texts))
    const known = this.#uploads.get(origin)
    if (known?.reference === reference) return known
    const upload = { reference, refusal: this.#send(origin, texts, { reference, sign }) }
    this.#uploads.set(origin, upload)
    upload.refusal.then(
      (refusal) => refusal !== undefined && this.forget(origin, upload),
      () => this.forget(origin, upload),
    )
    return upload
  }

  /** The origin does not have it, or not any more. What was sent there since stays known. */
  forget(origin: string, upload: Upload): void {
    if (this.#uploads.get(origin) === upload) this.#uploads.delete(origin)
  }

  /**
   * Sends a chain with its status, whether or not the chain was sent. Calls while that is under way share it.
   *
   * @param make Makes the status.
   * @returns Whether the origin took it.
   */
  staple(
    origin: string,
    texts: readonly string[],
    sign: RequestSigner,
    make: () => Promise<JsonObject | undefined>,
  ): Promise<boolean> {
    const reference = formatReference(digestChain(texts))
    const key = `${origin} ${reference}`
    const known = this.#staples.get(key)
    if (known !== undefined) return known
    const send = async (): Promise<boolean> => {
      const staple = await make()
      return (
        staple !== undefined && (await this.#send(origin, texts, { reference, sign, staple })) === undefined
      )
    }
    const taken = send().catch(() => false)
    this.#staples.set(key, taken)
    return taken.finally(() => this.#staples.delete(key))
  }

  async #send(
    origin: string,
    texts: readonly string[],
    { reference, sign, staple }: Sending,
  ): Promise<(() => Response) | undefined> {
    const url = new URL(UPLOAD_PATH, origin)
    const body = formatUpload(texts, staple)
    const headers = { 'content-type': UPLOAD_TYPE }
    const proof = await sign({ url, method: 'POST', headers: new Headers(headers), body }, reference)
    const signal = AbortSignal.timeout(UPLOAD_DEADLINE_MS)
    const init = { method: 'POST', headers: { ...headers, ...proof }, body, signal }
    const response = await this.#fetch(url.href, { ...init, redirect: 'manual' })
    const answer = await readBounded(response.body, MAX_PROBLEM_BYTES)
    if (response.ok) return undefined
    if (!isProblem(response) || answer === undefined) throw notTaken(url, response)
    const { status, headers: fields } = response
    return () => new Response(answer, { status, headers: fields })
  }
}

function notTaken({ origin, pathname }: URL, { status }: Response): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_PAYLOAD_TOO_LARGE',
    `the chain does not fit into a request field of ${MAX_AGENT_DELEGATION_BYTES} bytes, and ${origin} does not take it at ${pathname} (${status}): either the service lacks that route, which its operator can add, or use shorter grants or fewer links`,
  )
}
