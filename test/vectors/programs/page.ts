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
}

Object.assign(globalThis, { procura })
