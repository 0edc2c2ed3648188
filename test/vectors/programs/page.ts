import { statusCache } from 'procura/stores/edge'
import type { Ask, PresentationVerdict, VerifierOptions } from 'procura/verifier'
import { answerVectors, makeVerifier } from './service.ts'

/** A request as text, for a page has no server. */
interface PlainRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

/** What a test asks of the page. */
const procura = {
  answerVectors,
  async verify(options: VerifierOptions, request: PlainRequest, ask: Ask): Promise<PresentationVerdict> {
    const verifier = await makeVerifier(options)
    const { method, target, headers } = request
    return verifier.verify({ method, target, header: (name) => headers[name] }, ask)
  },
  /** Keeps a status in the cache of the page's origin. @returns What a store that is made anew has of it, and of another. */
  async keepStatus(authority: string, status: readonly number[]): Promise<(readonly number[] | undefined)[]> {
    await statusCache().save(authority, Uint8Array.of(0))
    await statusCache().save(authority, Uint8Array.from(status))
    const load = async (name: string) => {
      const kept = await statusCache().load(name)
      return kept === undefined ? undefined : [...kept]
    }
    return [await load(authority), await load(`${authority}:other`)]
  },
}

Object.assign(globalThis, { procura })
