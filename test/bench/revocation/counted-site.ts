import type { Fetch } from '../../../src/core/clock.ts'
import { BASE } from './large-status.ts'

/** What a reader got: how often, and how many bytes of bodies. */
export interface Got {
  readonly requests: number
  readonly bytes: number
}

const DID_MEDIA_TYPE = 'application/did+json'

/** Answers from memory, and counts what goes out. */
export class CountedSite {
  readonly #documents: ReadonlyMap<string, string>
  #got = new Map<string, Got>()

  constructor(documents: ReadonlyMap<string, string>) {
    this.#documents = documents
  }

  readonly fetch: Fetch = async (input) => {
    const url = String(input)
    const body = this.#documents.get(url)
    const [kind = ''] = url.startsWith(BASE) ? url.slice(BASE.length + 1).split('/') : ['did']
    const { requests, bytes } = this.#got.get(kind) ?? { requests: 0, bytes: 0 }
    this.#got.set(kind, { requests: requests + 1, bytes: bytes + Buffer.byteLength(body ?? '') })
    return new Response(body ?? null, {
      status: body === undefined ? 404 : 200,
      headers: { 'content-type': kind === 'did' ? DID_MEDIA_TYPE : 'text/plain' },
    })
  }

  /** By kind: `head`, `changes`, `leaves`, `did` or the name of a list. Begins anew. */
  take(): ReadonlyMap<string, Got> {
    const got = this.#got
    this.#got = new Map()
    return got
  }
}
