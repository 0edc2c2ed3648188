import { type Agent, createAgent } from '../../../src/holder/index.ts'
import type { Grant } from '../../../src/model/grant.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { createVerifier, type PresentationVerdict, type Verifier } from '../../../src/verifier/index.ts'
import { mailGrant, World } from '../../helpers/world.ts'
import type { Tap, WireFetch } from './wire.ts'

/** What a service does. `read` may be done with a bearer token, `send` has to be signed for. */
export const ACTIONS = { read: 'mail.read', send: 'mail.send' } as const
export type Tool = keyof typeof ACTIONS

/** A call, and what it says. The agent may read the folders `inbox` and `archive`, and send to `ada` and `bob`. */
export interface Call {
  readonly tool: Tool
  readonly args: Readonly<Record<string, string>>
}

/** What a client made of the answer. Only what it could not take for a success has no `result`. */
export interface Outcome {
  readonly result?: string
  /** HTTP status, or code of an error of the protocol. */
  readonly status?: number
  /** Code of the refusal, where the client was told. */
  readonly code?: string
}

/** A client that is connected as one agent. */
export interface Connection {
  /** @param tap What happens to this call on its way. */
  call(call: Call, tap?: Tap): Promise<Outcome>
  close(): Promise<void>
}

/** A service that listens. */
export interface RunningService {
  connect(caller: Caller): Promise<Connection>
  close(): Promise<void>
}

/** Whose calls they are. */
export interface Caller {
  readonly chain: readonly string[]
  readonly signer: Signer
  /** Added to the clock of the agent, in milliseconds. */
  readonly late?: number
  /** Instead of the audience of the service. */
  readonly audience?: string
}

/** One authority, owner and agent, and a verifier for one origin that follows their status. */
export class Scene {
  readonly world: World
  readonly origin: string
  readonly verifier: Verifier
  /** What was done, in order. */
  readonly served: Tool[] = []
  /** What the service was told that was decided, in order. */
  readonly decided: PresentationVerdict[] = []

  private constructor(world: World, origin: string) {
    this.world = world
    this.origin = origin
    this.verifier = createVerifier({
      audience: `${origin}/`,
      trust: [{ ...world.trust, tenants: ['acme'] }],
      freshness: { '*': 'sensitive' },
      bearer: ['mail.read', 'mcp.connect'],
      fetch: world.site.fetch,
      clock: world.clock,
    })
  }

  /** The clock stands at the present: the SDKs read that of the machine. */
  static async create(origin: string): Promise<Scene> {
    const world = await World.create('Ed25519', { now: Date.now() })
    const scene = new Scene(world, origin)
    await scene.verifier.sync()
    return scene
  }

  /** A listener that always fails, in one way or the other. */
  readonly onVerdict = (verdict: PresentationVerdict): Promise<never> => {
    const failure = new Error('a broken log')
    if (this.decided.push(verdict) % 2 === 0) throw failure
    return Promise.reject(failure)
  }

  grants(): Grant[] {
    const locations = [{ origin: this.origin, path: '/' }]
    const limited = (action: string, on: string, values: string[]): Grant =>
      mailGrant({ locations, actions: [action], constraints: [{ kind: 'one_of', on: [on], values }] })
    return [
      mailGrant({ locations, actions: ['mcp.connect'] }),
      limited('mail.read', 'folder', ['inbox', 'archive']),
      limited('mail.send', 'to', ['ada', 'bob']),
    ]
  }

  /** The agent; with other members in links 0 and 1 if they are given, which agree on these. */
  async caller(members: { tenant?: string; environment?: string } = {}): Promise<Caller> {
    const { world } = this
    const owner = world.ownerCredential()
    const subject = { ...owner.subject, authorizationDetails: this.grants(), ...members }
    const agent = world.agentCredential({ authorizationDetails: this.grants(), ...members })
    const chain = [
      await world.sign({ ...owner, subject }, world.authority.signer),
      await world.sign(agent, world.owner.signer),
    ]
    return { chain, signer: world.agent.signer }
  }

  /** A second agent of the same owner, with the same grants. */
  async otherCaller(): Promise<Caller> {
    const { world } = this
    const [root = ''] = (await this.caller()).chain
    const { did, signer } = world.subAgent
    const agent = world.agentCredential(
      { id: did, agentId: 'agt_other', authorizationDetails: this.grants() },
      { id: 'urn:uuid:00000000-0000-4000-8000-000000000003', status: world.site.entry(3) },
    )
    return { chain: [root, await world.sign(agent, world.owner.signer)], signer }
  }

  /** The caller as a client library. */
  agentOf({ chain, signer, late = 0 }: Caller, fetch: WireFetch = globalThis.fetch): Promise<Agent> {
    return createAgent({ key: signer, chain, fetch, clock: () => this.world.now + late })
  }

  /** Revokes the agent, and the service has heard of it. */
  async revokeAgent(): Promise<void> {
    this.world.site.set('revocation', 2)
    await this.world.site.publish()
    await this.verifier.sync()
  }
}
