import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from '../fuzz/random.ts'
import { type Answer, type Caller, newCaller } from '../helpers/issuer-service.ts'
import { signRun } from '../helpers/issuer-world.ts'
import type { ServiceWorld } from './service-world.ts'
import type { Line } from './store-load.ts'

const USES = ['status', 'authority', 'audit'] as const
const MOST_ROTATIONS = 120

const REASON = { reason: 'a test' }

/** The service answered with a failure of its own: nothing may have happened. */
export class Failed extends Error {}

/** Somebody for whom delegations are issued. */
export interface Party {
  readonly owner: string
  readonly agent: string
  readonly caller: Caller
}

/** The API as a client sees it who keeps a ledger: what was acknowledged is written down, and only that. */
export class Client {
  readonly world: ServiceWorld

  constructor(world: ServiceWorld) {
    this.world = world
  }

  /** @throws {Failed} for 5xx. @throws {TypeError} when nobody answers. */
  async #done(what: string, answering: Promise<Answer>, line: (json: Answer['json']) => Partial<Line>) {
    const answer = await answering
    if (answer.status >= 500) throw new Failed(`${what}: ${answer.status} ${answer.json.code}`)
    if (answer.status >= 300) throw new Error(`${what}: ${answer.status} ${answer.text}`)
    this.world.ledger.push({ what, ...line(answer.json) })
    return answer.json
  }

  async party(): Promise<Party> {
    const { admin, url } = this.world
    const owner = await this.#done('owner', admin.post('/v1/owners', OWNER), ({ id }) => ({ id }))
    const caller = await newCaller(url)
    const body = { owner: owner.id, did: caller.did, name: 'Triage', purpose: 'sorts mail' }
    const agent = await this.#done('agent', admin.post('/v1/agents', body), ({ id }) => ({ id }))
    return { owner: owner.id, agent: agent.id, caller }
  }

  issue({ agent }: Party): Promise<Answer['json']> {
    const body = { agent, authorizationDetails: [GRANT], leaseSize: 2 }
    const posting = this.world.admin.post('/v1/delegations', body)
    return this.#done('credential', posting, ({ id, position }) => ({ id, position }))
  }

  revoke({ id, position }: Answer['json']): Promise<Answer['json']> {
    const posting = this.world.admin.post(`/v1/delegations/${id}/revoke`, REASON)
    return this.#done('revoke', posting, () => ({ id, position }))
  }

  async suspendAndResume({ id }: Answer['json']): Promise<void> {
    const post = (verb: string, body: object) => this.world.admin.post(`/v1/delegations/${id}/${verb}`, body)
    await this.#done('suspend', post('suspend', REASON), () => ({ id }))
    await this.#done('resume', post('resume', {}), () => ({ id }))
  }

  async run({ caller }: Party, { chain }: Answer['json']): Promise<Answer['json']> {
    const posting = caller.post('/v1/runs', { chain: await signRun([chain[1]], caller.signer) })
    return this.#done('run', posting, ({ id, position }) => ({ id, position }))
  }

  complete({ caller }: Party, { id, position }: Answer['json']): Promise<Answer['json']> {
    return this.#done('complete', caller.post(`/v1/runs/${id}/complete`, {}), () => ({ id, position }))
  }

  endRun({ id, position }: Answer['json']): Promise<Answer['json']> {
    const posting = this.world.admin.post(`/v1/runs/${id}/revoke`, REASON)
    return this.#done('end', posting, () => ({ id, position }))
  }

  offboard({ owner }: Party): Promise<Answer['json']> {
    const posting = this.world.admin.post(`/v1/owners/${owner}/offboard`, REASON)
    return this.#done('offboard', posting, () => ({ ownerId: owner, id: owner }))
  }

  async rotateAgent({ agent }: Party): Promise<Answer['json']> {
    const { did } = await newCaller(this.world.url)
    const posting = this.world.admin.post(`/v1/agents/${agent}/keys`, { did, graceSeconds: 0 })
    return this.#done('agent-key', posting, () => ({ id: did }))
  }

  /** The keys in turn; a document has room for so many, and beyond that only the audit trail gets others. */
  rotateService(): Promise<Answer['json']> {
    const rotated = this.world.ledger.filter(({ what }) => what === 'key').length
    const use = rotated < MOST_ROTATIONS ? USES[rotated % USES.length] : 'audit'
    const posting = this.world.admin.post('/v1/keys/rotate', { use, propagationSeconds: 0 })
    return this.#done('key', posting, ({ id }) => ({ id }))
  }

  /** One owner's life, with what is not done to others. */
  async live(random: Chance): Promise<void> {
    const party = await this.party()
    for (let i = 0; i < 4; i++) {
      const delegation = await this.issue(party)
      const run = await this.run(party, delegation)
      if (random.once(2)) await this.suspendAndResume(delegation)
      if (random.once(2)) await this.complete(party, run)
      else await this.endRun(run)
      if (!random.once(3)) await this.revoke(delegation)
    }
    if (random.once(2)) await this.rotateAgent(party)
    if (!random.once(3)) await this.offboard(party)
  }
}

const GRANT = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
const OWNER = { name: 'Support', accountable: 'Ada Lovelace', entitlements: [GRANT] }

export interface LoadOptions {
  readonly lanes: number
  /** Whether an answer of 5xx is to be expected; else it is a violation. */
  readonly mayFail: boolean
  /** Milliseconds between two rotations of a service key. Default: none. */
  readonly rotateEveryMs?: number
}

/** Changes everything in many lanes, until nobody answers any more, or it is told to stop. */
export async function loadService(
  client: Client,
  random: Chance,
  options: LoadOptions,
  stop?: AbortSignal,
): Promise<void> {
  const lanes = Array.from({ length: options.lanes }, () =>
    lane(client, options, stop, () => client.live(random)),
  )
  const { rotateEveryMs } = options
  if (rotateEveryMs !== undefined)
    lanes.push(
      lane(client, options, stop, async () => {
        await sleep(rotateEveryMs)
        await client.rotateService()
      }),
    )
  await Promise.all(lanes)
}

async function lane(
  { world }: Client,
  { mayFail }: LoadOptions,
  stop: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  while (stop?.aborted !== true) {
    try {
      await work()
    } catch (error) {
      if (error instanceof TypeError) return
      if (error instanceof Failed && mayFail) world.counts.add('requests failed (5xx)')
      else world.counts.violate('conduct', String(error))
      await sleep(20)
    }
  }
}
