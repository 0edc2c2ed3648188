import { generateKeyPairSync } from 'node:crypto'
import type { Fetch } from '../../src/core/clock.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { AUDIENCE, makeWebPerson, World } from '../helpers/world.ts'
import { type Sample, slopeOf } from './slope.ts'
import { AgentMaker, presentFast, type SoakAgent } from './soak-agents.ts'

/** How much of everything. */
export interface SoakOptions {
  readonly verifications: number
  /** Commits of the status issuer: each revokes an agent and changes a list. */
  readonly swaps: number
  /** Times that the DID document of the authority gets another key in the place of the one before. */
  readonly rotations: number
  /** Agents that send their chain and use it once before anything is measured, so that what has a bound is full. */
  readonly warmUp: number
  /** Agents that present, of which one is exchanged with every {@link EXCHANGE_EVERY} verifications. */
  readonly agents: number
  readonly samples: number
  /** Bytes in use, after a collection. */
  readonly measure: () => number
  readonly onSample?: (sample: Sample) => void
}

export interface SoakReport {
  readonly verifications: number
  readonly accepted: number
  readonly refused: number
  readonly swaps: number
  readonly rotations: number
  /** Requests to hosts. */
  readonly fetches: number
  readonly samples: readonly Sample[]
  /** Bytes that 100,000 verifications more take. */
  readonly growth: number
  /** Answers that were not what they had to be; the soak ends with the first ones. */
  readonly wrong: readonly string[]
}

const EXCHANGE_EVERY = 50
/** Milliseconds of the soak's own clock between two verifications. */
const PAUSE_MS = 15
/** Milliseconds after which a DID document is read again because of a key that it lacks. */
const KEY_PAUSE_MS = 60_000
const READ = { action: 'mail.read' }
const CALL = { method: 'tools/call', params: { name: 'read' } }
const AUTHORITY = 'did:web:id.example'
const PURPOSES = ['revocation', 'suspension'] as const
const MOST_WRONG = 5

/** Runs the soak, with a clock of its own. Resolves also when an answer was wrong; rejects when it cannot go on. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const soak = await Soak.create(options)
  await soak.warmUp()
  await soak.run()
  return soak.report()
}

class Soak {
  readonly #options: SoakOptions
  readonly #world: World
  readonly #maker: AgentMaker
  readonly #documents: Map<string, object>
  readonly #verifier: Verifier
  readonly #agents: SoakAgent[] = []
  readonly #stranger = generateKeyPairSync('ed25519').privateKey
  readonly #samples: Sample[] = []
  readonly #wrong: string[] = []
  readonly #counts = { verifications: 0, accepted: 0, refused: 0, swaps: 0, rotations: 0, fetches: 0 }
  #root = ''
  #revoked: SoakAgent | undefined
  #before: PresentedRequest | undefined

  private constructor(options: SoakOptions, world: World, documents: Map<string, object>) {
    this.#options = options
    this.#world = world
    this.#maker = new AgentMaker(world)
    this.#documents = documents
    this.#verifier = createVerifier({
      audience: AUDIENCE,
      trust: [AUTHORITY],
      freshness: { '*': 'sensitive' },
      fetch: this.#fetch,
      clock: world.clock,
    })
  }

  static async create(options: SoakOptions): Promise<Soak> {
    const statusIssuer = await makeWebPerson(`${AUTHORITY}:status`)
    const world = await World.create('Ed25519', {
      authority: await makeWebPerson(AUTHORITY, 'key-0'),
      statusIssuer,
    })
    const documents = new Map([
      ['https://id.example/status/did.json', documentOf(statusIssuer.did, [statusIssuer.signer])],
    ])
    const soak = new Soak(options, world, documents)
    await soak.#publishKey(0)
    await soak.#verifier.sync()
    for (let i = 0; i < options.agents; i++) soak.#agents.push(await soak.#maker.make())
    return soak
  }

  readonly #fetch: Fetch = async (input, init) => {
    this.#counts.fetches++
    const document = this.#documents.get(String(input))
    return document === undefined ? this.#world.site.fetch(input, init) : Response.json(document)
  }

  /** Fills what has a bound: links, DID documents, nonces, chains that were sent in advance. */
  async warmUp(): Promise<void> {
    for (let i = 0; i < this.#options.warmUp; i++) {
      await this.#sendInAdvance(await this.#maker.make())
      await this.#tick()
    }
  }

  async run(): Promise<void> {
    Object.assign(this.#counts, { verifications: 0, accepted: 0, refused: 0, fetches: 0 })
    const { verifications, swaps, rotations, samples } = this.#options
    for (let i = 0; this.#counts.verifications < verifications && this.#wrong.length < MOST_WRONG; i++) {
      if (this.#isDue(this.#counts.swaps, swaps)) await this.#swap()
      if (this.#isDue(this.#counts.rotations, rotations)) await this.#rotate()
      if (i % EXCHANGE_EVERY === 0) await this.#exchange()
      await this.#verifyOne(i)
      await this.#tick()
      if (this.#isDue(this.#samples.length, samples)) this.#sample()
    }
  }

  /** Whether one more of what is to happen so many times is due, spread evenly. */
  #isDue(done: number, times: number): boolean {
    return (
      done < times && this.#counts.verifications >= ((done + 1) * this.#options.verifications) / (times + 1)
    )
  }

  report(): SoakReport {
    this.#verifier.close()
    const late = this.#samples.slice(Math.floor(this.#samples.length / 5))
    return { ...this.#counts, samples: this.#samples, growth: slopeOf(late) * 100_000, wrong: this.#wrong }
  }

  async #tick(): Promise<void> {
    this.#world.now += PAUSE_MS
    // Status is renewed before it gets too old for the policy, also while nothing changes.
    const asOf = this.#verifier.status()[0]?.asOf ?? 0
    if (this.#world.now - asOf > 60_000) await this.#publish()
  }

  /** What is presented most is good; what is not, has to be refused for the right reason. */
  async #verifyOne(i: number): Promise<void> {
    const agent = this.#agents[i % this.#agents.length]
    if (agent === undefined) throw new Error('a soak has agents')
    if (i % 500 === 499) return this.#sendInAdvance(agent)
    if (i % 50 === 3) return this.#showToken(agent)
    if (i % 20 === 7 && this.#before !== undefined) return this.#expect(this.#before, 'replayed')
    if (i % 20 === 13)
      return this.#expect(presentFast(agent, this.#root, this.#world, this.#stranger), 'holder_proof_invalid')
    if (i % 200 === 11 && this.#revoked !== undefined)
      return this.#expect(presentFast(this.#revoked, this.#root, this.#world), 'revoked')
    this.#before = presentFast(agent, this.#root, this.#world)
    return this.#expect(this.#before, 'verified')
  }

  async #expect(request: PresentedRequest, expected: string): Promise<void> {
    const verdict = await this.#verifier.verify(request, READ)
    this.#count(verdict.verified ? 'verified' : verdict.refusal.code, expected)
  }

  async #showToken(agent: SoakAgent): Promise<void> {
    const token = await this.#world.token([this.#root, agent.link], { signer: agent.signer, request: CALL })
    const verdict = await this.#verifier.verifyToken(token, READ, { request: CALL })
    this.#count(verdict.verified ? 'verified' : verdict.refusal.code, 'verified')
  }

  async #sendInAdvance(agent: SoakAgent): Promise<void> {
    const chain = [this.#root, agent.link]
    const kept = await this.#verifier.upload(await this.#world.upload(chain, { signer: agent.signer }))
    this.#count(kept.verified ? 'verified' : kept.refusal.code, 'verified')
    await this.#expect(await this.#world.refer(chain, { signer: agent.signer }), 'verified')
  }

  #count(answer: string, expected: string): void {
    this.#counts.verifications++
    this.#counts[answer === 'verified' ? 'accepted' : 'refused']++
    if (answer !== expected) this.#wrong.push(`${this.#counts.verifications}: ${answer}, not ${expected}`)
  }

  /** Revokes and suspends the agent that presented first, and publishes both lists and a head. */
  async #swap(): Promise<void> {
    this.#revoked = this.#agents.shift()
    this.#agents.push(await this.#maker.make())
    const { site } = this.#world
    if (this.#revoked !== undefined) for (const purpose of PURPOSES) site.set(purpose, this.#revoked.index)
    await this.#publish()
    this.#counts.swaps++
  }

  /** Another key in the place of the one before: unknown when it is first met, known once the document was read again. */
  async #rotate(): Promise<void> {
    const [agent] = this.#agents
    const old = this.#root
    this.#before = undefined
    this.#world.now += KEY_PAUSE_MS
    await this.#publish()
    await this.#publishKey(this.#counts.rotations + 1)
    this.#counts.rotations++
    if (agent === undefined) return
    const present = (root: string) => presentFast(agent, root, this.#world)
    await this.#expect(present(this.#root), 'key_not_authorized')
    await new Promise((resolve) => setTimeout(resolve, 5))
    await this.#expect(present(this.#root), 'verified')
    await this.#expect(present(old), 'key_not_authorized')
  }

  async #publishKey(number: number): Promise<void> {
    const { signer } = await makeWebPerson(AUTHORITY, `key-${number}`)
    const services = [statusService(this.#world.trust)]
    this.#documents.set('https://id.example/.well-known/did.json', documentOf(AUTHORITY, [signer], services))
    this.#root = await this.#world.sign(this.#world.ownerCredential(), signer)
  }

  /** The host forgets all that is not new, so that it is the verifier's memory that is measured. */
  async #publish(): Promise<void> {
    const { site } = this.#world
    site.documents.clear()
    site.requests.length = 0
    await site.publish()
    await this.#verifier.sync()
  }

  async #exchange(): Promise<void> {
    this.#agents.shift()
    this.#agents.push(await this.#maker.make())
  }

  #sample(): void {
    const sample = { verifications: this.#counts.verifications, bytes: this.#options.measure() }
    this.#samples.push(sample)
    this.#options.onSample?.(sample)
  }
}
