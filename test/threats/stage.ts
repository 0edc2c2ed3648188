import { expect } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { systemRandom } from '../../src/core/clock.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { describeRefusal } from '../../src/describe-refusal.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { Ask } from '../../src/verifier/presentation.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import type { TokenOptions } from '../../src/verifier/verify-token.ts'
import { AUDIENCE, codeOf, type PresentOptions, World } from '../helpers/world.ts'

export const READ: Ask = { action: 'mail.read' }
export const SEND: Ask = { action: 'mail.send' }

/** What a wallet is asked to repeat, once. */
export function newChallenge(): string {
  return encodeBase64url(systemRandom(16))
}

/** How a verifier is asked about one presentation. */
export type Way = (verifier: Verifier) => Promise<PresentationVerdict>

export interface StageOptions {
  readonly world?: World
  readonly verifier?: Partial<VerifierOptions>
  /** Stands between the tests and the verifiers. Default: nothing does. */
  readonly wrap?: (verifier: Verifier) => Verifier
}

/** What a dimension is made of: names that the code knows. */
const DIMENSION = /^[A-Za-z@_][A-Za-z0-9@_.-]{0,63}$/

/**
 * Where threats are played: a world, and a verifier that has accepted, before the attack, whatever it can keep of the
 * honest chains. Every presentation is decided by that warm verifier and by one made that moment, which know the same
 * status; they must say the same.
 */
export class Stage {
  readonly world: World
  readonly warm: Verifier
  readonly #options: StageOptions

  private constructor(world: World, options: StageOptions) {
    this.world = world
    this.#options = options
    this.warm = this.#make()
  }

  static async create(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(options.world ?? (await World.create()), options)
    await stage.warm.sync()
    await stage.warmUp(await stage.world.agentChain(), {})
    const { signer } = stage.world.subAgent
    await stage.warmUp(await stage.world.subAgentChain(), { signer })
    return stage
  }

  /** Has the warm verifier accept a chain in every way of presenting. */
  async warmUp(texts: readonly string[], presented: PresentOptions): Promise<void> {
    const { world, warm } = this
    const { signer = world.agent.signer } = presented
    const options = { challenge: newChallenge() }
    const document = await world.document(texts, { signer, ...options })
    expect(codeOf(await warm.verify(await world.present(texts, presented), READ))).toBe('verified')
    expect(await warm.upload(await world.upload(texts, presented))).toMatchObject({ verified: true })
    expect(codeOf(await warm.verify(await world.refer(texts, presented), READ))).toBe('verified')
    expect(codeOf(await warm.verifyToken(await world.token(texts, { signer }), READ))).toBe('verified')
    expect(codeOf(await warm.verifyPresentation(JSON.stringify(document), READ, options))).toBe('verified')
  }

  /** A verifier that has seen nothing but the present status. */
  async cold(): Promise<Verifier> {
    const verifier = this.#make()
    await verifier.sync()
    return verifier
  }

  #make(): Verifier {
    const { wrap = (verifier) => verifier, verifier: options } = this.#options
    return wrap(
      createVerifier({
        audience: AUDIENCE,
        trust: [this.world.trust],
        freshness: { '*': 'sensitive' },
        bearer: ['mail.read'],
        rdfc: true,
        fetch: this.world.site.fetch,
        clock: this.world.clock,
        ...options,
      }),
    )
  }

  /** What both verifiers say of a presentation: the same, and nothing that the presenter has written. */
  async verdictsOf(way: Way): Promise<PresentationVerdict> {
    const cold = await this.cold()
    // DID documents are renewed beside the status: what they change shows at the second look.
    for (let look = 0; look < 2; look++) await this.warm.sync()
    const verdict = await way(cold)
    const remembered = await way(this.warm)

    expect(remembered).toEqual(verdict)
    expect(JSON.stringify(await remembered.explain())).toBe(JSON.stringify(await verdict.explain()))
    expectSilence(verdict)
    expect(this.world.site.requests.filter((url) => !url.startsWith(this.world.site.base))).toEqual([])
    return verdict
  }

  async codeOf(way: Way): Promise<string> {
    return codeOf(await this.verdictsOf(way))
  }

  request(request: PresentedRequest, ask: Ask = READ): Promise<string> {
    return this.codeOf((verifier) => verifier.verify(request, ask))
  }

  token(token: string, ask: Ask = READ, options: TokenOptions = {}): Promise<string> {
    return this.codeOf((verifier) => verifier.verifyToken(token, ask, options))
  }

  document(
    document: JsonObject | string,
    challenge: string = newChallenge(),
    ask: Ask = READ,
  ): Promise<string> {
    const text = typeof document === 'string' ? document : JSON.stringify(document)
    return this.codeOf((verifier) => verifier.verifyPresentation(text, ask, { challenge }))
  }

  /** A chain in a request that its presenter has signed. */
  async chain(texts: readonly string[], presented: PresentOptions = {}, ask: Ask = READ): Promise<string> {
    return this.request(await this.world.present(texts, presented), ask)
  }

  /** A chain of agent and sub-agent in a request that the sub-agent has signed. */
  derived(texts: readonly string[], ask: Ask = READ): Promise<string> {
    return this.chain(texts, { signer: this.world.subAgent.signer }, ask)
  }
}

/** A refusal is made of names and numbers that this code knows. */
function expectSilence(verdict: PresentationVerdict): void {
  if (verdict.verified) return
  const { code, dimension = 'none', link = 0, ...rest } = verdict.refusal
  expect(REFUSAL_CODES).toContain(code)
  expect(dimension).toMatch(DIMENSION)
  expect(link).toBeTypeOf('number')
  for (const value of Object.values(rest)) expect(value).toBeTypeOf('boolean')
  expect(describeRefusal(verdict.refusal)).not.toMatch(/did:|eyJ|urn:|https?:/)
}
