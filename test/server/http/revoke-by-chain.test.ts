import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Did } from '../../../src/model/did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import {
  type Answer,
  addDelegation,
  didOf,
  newCaller,
  newSigner,
  startTestService,
} from '../../helpers/issuer-service.ts'
import { buildWorld, signRun, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World
let now = Date.now()

beforeAll(async () => {
  service = await startTestService({ clock: () => now })
})
beforeEach(async () => {
  now = Date.now()
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

/** Agent → helper → run, and another run of the helper; nobody registered any of them. */
async function deriveFamily(admin = service.admin, { agent, agentCaller } = world) {
  const delegation = await addDelegation(admin, agent.id, { maxDepth: 2 })
  const [helper, run, sibling] = await Promise.all([newSigner(), newSigner(), newSigner()])
  const lease = {
    revocation: delegation.revocationList,
    suspension: delegation.revocationList.replace('/r', '/s'),
    indexes: delegation.lease.slice(2, 5),
  }
  const above = await signRun([delegation.chain[1]], agentCaller.signer, {
    nth: 1,
    subject: { kind: 'SubAgent', id: didOf(helper) as Did, maxDepth: 1, statusLease: [lease] },
  })
  const below = (signer: Signer, nth: number) =>
    signRun(above, helper, { nth, subject: { id: didOf(signer) as Did } })
  const [chain, other] = [await below(run, 0), await below(sibling, 1)]
  return { delegation, helper, run, sibling, above, chain, other }
}

async function revoke(signer: Signer, chain: readonly string[]): Promise<Answer> {
  const caller = await newCaller(service.url, signer)
  return caller.post('/v1/chains/revoke', { chain, reason: 'misbehaved' })
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code} ${json.refusal?.code ?? ''}`.trim()
}

async function lastEntry() {
  const { json } = await service.admin.get(`/v1/audit?agent=${world.agent.id}&limit=200`)
  return json.items.at(-1)
}

describe('POST /v1/chains/revoke', () => {
  it('lets the holder end the very credential that it holds, unregistered as it is', async () => {
    const { delegation, run, chain } = await deriveFamily()

    const { status, json } = await revoke(run, chain)

    expect([status, json.state]).toEqual([200, 'revoked'])
    expect(await lastEntry()).toMatchObject({
      action: 'lease.revoke',
      target: `${delegation.position.list}/${delegation.lease[2]}`,
      actor: didOf(run),
      role: 'holder',
      ownerId: world.owner.id,
      agentId: world.agent.id,
      details: { reason: 'misbehaved', delegation: delegation.id },
    })
  })

  it('tells who looks at the leases what the link that was shown says of itself', async () => {
    const { delegation, agentCaller, agent, ownerCaller } = world
    const run = await newSigner()
    const subject = { id: didOf(run) as Did, name: 'night run' }
    const chain = await signRun([delegation.chain[1]], agentCaller.signer, { nth: 5, subject })

    const { json } = await revoke(run, chain)

    const shown = (await ownerCaller.get(`/v1/agents/${agent.id}/leases`)).json.items[0].indexes[5]
    expect(shown).toMatchObject({ use: 'revoked', state: 'revoked' })
    expect(shown.revocation).toEqual({
      by: didOf(run),
      at: expect.any(String),
      reason: 'misbehaved',
      shown: { id: json.id, kind: 'Run', name: 'night run', subject: didOf(run) },
    })
  })

  it('counts as a write of the caller', async () => {
    const limited = await startTestService({ writesPerMinute: { perPrincipal: 20 } })
    onTestFinished(() => limited.close())
    const own = await buildWorld(limited.url, limited.admin)
    const { run, chain } = await deriveFamily(limited.admin, own)
    const caller = await newCaller(limited.url, run)
    const send = () => caller.post('/v1/chains/revoke', { chain, reason: 'misbehaved' })
    const answers = []
    for (let i = 0; i < 21; i++) answers.push(problem(await send()))

    expect(answers.slice(0, 20)).toEqual(Array(20).fill('200 undefined'))
    expect(answers[20]).toBe('429 rate_limited')
  })

  it('lets the issuer of a link, and every other ancestor, end it', async () => {
    const { helper, chain, other } = await deriveFamily()

    expect((await revoke(helper, chain)).status).toBe(200)
    expect((await revoke(world.agentCaller.signer, other)).status).toBe(200)
  })

  it('ends it once, however often it is asked', async () => {
    const { run, chain } = await deriveFamily()
    const first = await revoke(run, chain)
    const { seq } = await lastEntry()

    expect((await revoke(run, chain)).json).toEqual(first.json)
    expect((await lastEntry()).seq).toBe(seq)
  })

  it('ends nothing but that link', async () => {
    const { run, sibling, chain, other } = await deriveFamily()
    await revoke(run, chain)
    const { seq } = await lastEntry()

    expect((await revoke(sibling, other)).status).toBe(200)
    expect((await lastEntry()).seq).toBe(seq + 1)
  })

  it('ends what has expired as well', async () => {
    const { run, chain } = await deriveFamily()
    now += 3_600_000

    expect((await revoke(run, chain)).status).toBe(200)
  })

  it("takes a chain under the owner's earlier key while its grace lasts, and none under one that is revoked", async () => {
    const { run, sibling, chain, other } = await deriveFamily()
    const rotate = (graceSeconds: number) =>
      service.admin.post(`/v1/owners/${world.owner.id}/keys`, { graceSeconds })

    await rotate(3600)
    expect((await revoke(run, chain)).status).toBe(200)
    await rotate(0)

    expect(problem(await revoke(sibling, other))).toBe('401 unknown_principal revoked')
  })

  it('takes the newest key of the agent, with a chain under the one before', async () => {
    const { chain, other } = await deriveFamily()
    const newest = await newSigner()
    const rotation = { did: didOf(newest), graceSeconds: 3600 }
    await service.admin.post(`/v1/agents/${world.agent.id}/keys`, rotation)

    expect((await revoke(newest, chain)).status).toBe(200)
    expect((await revoke(world.agentCaller.signer, other)).status).toBe(200)
  })

  it('takes no chain under a key that was rotated without a grace', async () => {
    const { helper, chain } = await deriveFamily()
    expect((await revoke(helper, chain)).status).toBe(200)
    const rotation = { did: didOf(await newSigner()), graceSeconds: 0 }
    await service.admin.post(`/v1/agents/${world.agent.id}/keys`, rotation)

    expect(problem(await revoke(helper, chain))).toBe('401 unknown_principal revoked')
  })

  it('is refused to siblings, to those below, and to strangers [AA-05]', async () => {
    const { run, sibling, above, chain } = await deriveFamily()

    expect(problem(await revoke(sibling, chain))).toBe('401 unknown_principal key_not_authorized')
    expect(problem(await revoke(run, above))).toBe('401 unknown_principal key_not_authorized')
    expect(problem(await revoke(await newSigner(), chain))).toBe('401 unknown_principal key_not_authorized')
    expect((await revoke(run, chain)).status).toBe(200)
  })

  it('is refused with a chain that somebody made up to stand in it', async () => {
    const { delegation, chain } = await deriveFamily()
    const mallory = await newSigner()
    const subject = { id: didOf(mallory) as Did }
    const posing = { ...mallory, keyId: world.agentCaller.signer.keyId }
    const forged = await signRun([delegation.chain[1]], posing, { nth: 5, subject })
    const relabelled = [...chain.slice(0, -1), forged.at(-1) ?? '']

    expect(problem(await revoke(mallory, forged))).toBe('401 unknown_principal signature_invalid')
    expect(problem(await revoke(mallory, relabelled))).toBe('401 unknown_principal chain_broken')
  })

  it('is refused with a delegation that this service did not make', async () => {
    const { chain, run } = await deriveFamily()
    const foreign = await startTestService()
    const caller = await newCaller(foreign.url, run)

    const answer = await caller.post('/v1/chains/revoke', { chain, reason: 'r' })

    await foreign.close()
    expect(problem(answer)).toBe('401 unknown_principal untrusted_authority')
  })

  it('takes a signature once', async () => {
    const { run, chain } = await deriveFamily()
    const caller = await newCaller(service.url, run)
    const body = { chain, reason: 'misbehaved' }
    const headers = await caller.sign('POST', '/v1/chains/revoke', body)
    const send = () =>
      fetch(`${service.url}/v1/chains/revoke`, { method: 'POST', headers, body: JSON.stringify(body) })

    expect((await send()).status).toBe(200)
    expect((await (await send()).json()).code).toBe('replayed')
  })

  it.each([
    ['a delegation alone', (chain: readonly string[]) => chain.slice(0, 1)],
    ['more links than a chain has', (chain: readonly string[]) => Array(8).fill(chain[0])],
  ])('is refused with %s', async (_, change) => {
    const { run, chain } = await deriveFamily()

    expect(problem(await revoke(run, change(chain)))).toBe('422 invalid_request')
  })
})
