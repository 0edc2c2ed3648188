import type { Chance } from '../../fuzz/random.ts'
import { mailGrant, makePerson, type Person, World } from '../../helpers/world.ts'
import type { Asked } from './following-process.ts'
import type { Truth } from './status-ledger.ts'

const DAY = 86_400_000

/** How old status may be for each of the actions that are asked for, in milliseconds. */
const ACTIONS: Readonly<Record<string, number>> = {
  'mail.purge': 30_000,
  'mail.read': 300_000,
  'mail.send': 3_600_000,
}

/** Delegations in each of two pairs of lists. */
const DELEGATIONS = 5

/** The first index of them. */
const FIRST = 100

/** Lists are signed anew after so long, well before they end. */
const RENEW_MS = 5_400_000

interface Delegation extends Truth {
  readonly agent: Person
  readonly pair: 1 | 2
  readonly index: number
  readonly chain: readonly string[]
}

/** An issuer that revokes, suspends and resumes as chance will have it, and all that it published. */
export class StatusIssuer {
  readonly world: World
  readonly delegations: readonly Delegation[]
  readonly published: { commits: Map<string, string>[]; foreign: ReadonlyMap<string, string> }
  /** Signed time of the newest head. */
  headAt: number
  readonly #foreign: World
  #renewedAt: number
  /** Keys that the emergency list names. */
  readonly #listed: string[] = []

  private constructor(world: World, foreign: World, delegations: readonly Delegation[]) {
    this.world = world
    this.delegations = delegations
    this.#foreign = foreign
    this.#renewedAt = this.headAt = world.now
    this.published = { commits: [], foreign: foreign.site.documents }
    this.#record()
  }

  static async create(base: string): Promise<StatusIssuer> {
    const world = await World.create('Ed25519', { base })
    world.site.addList(`${base}/r2`, 'revocation')
    world.site.addList(`${base}/s2`, 'suspension')
    await world.site.publish()
    const numbers = Array.from({ length: DELEGATIONS * 2 }, (_, i) => i)
    const delegations = await Promise.all(numbers.map((i) => delegate(world, i)))
    return new StatusIssuer(world, await World.create('Ed25519', { base }), delegations)
  }

  /** Time passes, and nothing is signed. */
  pass(ms: number): void {
    this.world.now += ms
  }

  /** Signs what changed, and a head in any case. */
  async publish(): Promise<void> {
    const { site, now } = this.world
    if (now - this.#renewedAt > RENEW_MS) {
      for (const purpose of ['revocation', 'suspension'] as const) site.set(purpose, 0, false)
      this.#renewedAt = now
    }
    await site.publish()
    this.headAt = now
    this.#foreign.now = now
    await this.#foreign.site.publish()
    this.#record()
  }

  /** Changes the state of one delegation, which the head that is signed now brings. @returns What was done. */
  async change(random: Chance): Promise<string> {
    const { now } = this.world
    const truth = random.pick(this.delegations)
    const done = this.#changeBits(truth, random)
    if (done === 'emergencies') await this.#declare(truth)
    truth.changedAt = now
    await this.publish()
    return done
  }

  /** Of every delegation a request, which was signed when the verifier's clock shows `clock`. */
  async ask(random: Chance, clock: number): Promise<readonly (Asked & { readonly maxAgeMs: number })[]> {
    return Promise.all(
      this.delegations.map(async ({ chain, agent }) => {
        const [action, maxAgeMs] = random.pick(Object.entries(ACTIONS))
        const request = await this.world.present(chain, { signer: agent.signer, at: clock })
        const names = ['agent-delegation', 'signature', 'signature-input']
        const headers = Object.fromEntries(names.map((name) => [name, request.header(name) ?? '']))
        return { action, target: request.target, headers, maxAgeMs }
      }),
    )
  }

  #changeBits(truth: Delegation, random: Chance): string {
    const { site, now } = this.world
    const isOver = truth.revokedAt !== undefined
    if (!isOver && random.once(6)) {
      if (random.once(3)) return 'emergencies'
      site.set('revocation', truth.index, true, truth.pair)
      truth.revokedAt = now
      return 'revocations'
    }
    const isSuspended = truth.suspendedAt !== undefined
    site.set('suspension', truth.index, !isSuspended, truth.pair)
    if (isSuspended) delete truth.suspendedAt
    else Object.assign(truth, { suspendedAt: now, wasSuspended: true })
    return isSuspended ? 'resumptions' : 'suspensions'
  }

  /** Names the agent's key, and all that were named before. */
  async #declare(truth: Delegation): Promise<void> {
    truth.revokedAt = this.world.now
    const keys = this.#listed
    keys.push(truth.agent.signer.keyId)
    await this.world.site.declare(this.world.authority, { keys }, keys.length)
  }

  #record(): void {
    this.published.commits.push(new Map(this.world.site.documents))
  }
}

async function delegate(world: World, i: number): Promise<Delegation> {
  const { now, site } = world
  const agent = await makePerson()
  const pair = i % 2 === 0 ? 1 : 2
  const index = FIRST + Math.floor(i / 2)
  const grants = { authorizationDetails: [mailGrant({ actions: Object.keys(ACTIONS) })] }
  const window = { validFrom: now - DAY, validUntil: now + 29 * DAY }
  const owner = world.ownerCredential(window)
  const entry = { revocation: `${site.base}/r${pair}`, suspension: `${site.base}/s${pair}`, index }
  const subject = { id: agent.did, agentId: `agt_${i}`, statusLease: [], ...grants }
  const chain = await Promise.all([
    world.sign({ ...owner, subject: { ...owner.subject, ...grants } }, world.authority.signer),
    world.sign(world.agentCredential(subject, { status: entry, ...window }), world.owner.signer),
  ])
  return { name: `delegation ${i}`, agent, pair, index, chain, changedAt: now, wasSuspended: false }
}
