import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { stapleOf } from '../helpers/staples.ts'
import { StatusSite } from '../helpers/status-site.ts'
import { AUDIENCE, codeOf, makePerson, type Person, World } from '../helpers/world.ts'

const READ = { action: 'mail.read' }
const MINUTE = 60_000

let status: Person
let world: World
let verifier: Verifier
let alarms: string[]
/** Whether the verifier reaches the issuer. Agents always do. */
let isCutOff: boolean

beforeEach(async () => {
  status = await makePerson()
  world = await World.create('Ed25519', { statusIssuer: status })
  isCutOff = true
  alarms = []
  verifier = await started()
})
afterEach(() => verifier.close())

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { 'mail.send': 'critical', '*': 'sensitive' },
    fetch: (input, init) => {
      if (isCutOff) throw new TypeError('no way to the issuer')
      return world.site.fetch(input, init)
    },
    clock: world.clock,
    onAlarm: ({ kind }) => void alarms.push(kind),
    ...options,
  })
  await made.sync()
  await told()
  alarms = []
  return made
}

/** What happened so far; alarms are told in a turn of their own. */
async function told(): Promise<readonly string[]> {
  await new Promise(setImmediate)
  return alarms
}

async function look(): Promise<void> {
  isCutOff = false
  await verifier.sync()
  isCutOff = true
  await told()
  alarms = []
}

/** Sends the agent's chain in advance, with a staple of what is published now if none is given. */
async function bring(staple: JsonObject = stapleOf(world.site)): Promise<string> {
  const verdict = await verifier.upload(await world.upload(await world.agentChain(), { staple }))
  return verdict.verified ? 'kept' : verdict.refusal.code
}

/** As somebody whose delegation is another one. */
async function bringAsOther(): Promise<string> {
  const chain = await world.agentChain({}, { status: world.site.entry(4) })
  const verdict = await verifier.upload(await world.upload(chain, { staple: stapleOf(world.site) }))
  return verdict.verified ? 'kept' : verdict.refusal.code
}

async function present(ask = READ) {
  return verifier.verify(await world.present(await world.agentChain()), ask)
}

async function outcome(ask = READ): Promise<string> {
  return codeOf(await present(ask))
}

async function publish(change: () => void = () => undefined, afterMs = 1000): Promise<void> {
  world.now += afterMs
  change()
  await world.site.publish()
}

describe('a verifier without a way to the issuer', () => {
  it('goes by what the agent brings, and says so', async () => {
    expect(await outcome()).toBe('status_unavailable')
    world.now += 7000

    expect(await bring()).toBe('kept')

    expect(await present()).toMatchObject({
      verified: true,
      status: { asOf: world.now - 7000, ageSeconds: 7, source: 'staple', memory: true },
      recheckAt: world.now + 60_000,
    })
  })

  it('goes by what it fetched while that is fresh enough, and by what the agent brought from then on', async () => {
    await look()
    await publish()
    expect(await bring()).toBe('kept')
    const source = async () => {
      const verdict = await present()
      return verdict.verified ? verdict.status.source : verdict.refusal.code
    }

    expect(await source()).toBe('head')
    world.now += 5 * MINUTE - 500
    expect(await source()).toBe('staple')
    world.now += 501
    expect(await source()).toBe('status_stale')
  })

  it('does nothing that is critical on the word of an agent [SB-03]', async () => {
    await bring()

    expect(await outcome()).toBe('verified')
    expect(await outcome({ action: 'mail.send' })).toBe('status_unavailable')
    await look()
    expect(await outcome({ action: 'mail.send' })).toBe('verified')
    await publish(undefined, 31_000)
    expect(await bring()).toBe('kept')
    expect(await outcome({ action: 'mail.send' })).toBe('status_stale')
  })

  it('takes no chain in advance by a staple where all is critical', async () => {
    verifier = await started({ freshness: { '*': 'critical' } })

    expect(await bring()).toBe('status_unavailable')
    await look()
    expect(await bring()).toBe('kept')
  })

  it('takes a staple as old as its head says, however late it comes', async () => {
    const early = stapleOf(world.site)
    world.now += 5 * MINUTE
    expect(await bring(early)).toBe('kept')

    world.now += 1

    expect(await bring(early)).toBe('status_stale')
    expect(await outcome()).toBe('status_stale')
    await publish()
    expect(await bring()).toBe('kept')
  })

  it('refuses what the staple says is revoked or suspended', async () => {
    await publish(() => world.site.set('suspension', 2))
    expect(await bring()).toBe('suspended')

    await publish(() => world.site.set('revocation', 2))
    expect(await bring()).toBe('revoked')
    expect(await outcome()).toBe('revoked')
  })

  it('goes by the lists of the chain alone', async () => {
    expect(await bring(stapleOf(world.site, ['r1']))).toBe('status_unavailable')
    world.site.addList(`${world.site.base}/r2`, 'revocation')
    await publish()
    expect(await bring(stapleOf(world.site, ['r1', 's1', 'r2']))).toBe('status_unavailable')
    expect(await bring()).toBe('kept')
  })

  it('says in a receipt what it went by', async () => {
    await bring()
    const { signer } = await makePerson()
    const verdict = await present()

    const receipt = await verdict.receipt(signer)

    const { status: seen } = JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString())
    expect(seen.head.seq).toBe(1)
    expect(seen.lists.map(({ asOfMs }: { asOfMs: number }) => asOfMs)).toEqual([world.now, world.now])
  })
})

it('says in a receipt of a refusal which head was the newest, held or brought', async () => {
  const { signer } = await makePerson()
  const seq = async () => {
    world.now += 31_000
    const receipt = await (await present({ action: 'mail.send' })).receipt(signer)
    return JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString()).status.head.seq
  }
  await look()
  await publish()
  await bring()
  expect(await seq()).toBe(2)
  await publish()
  await look()

  expect(await seq()).toBe(3)
})

describe('what is known to be revoked', () => {
  it('stays so, whatever an agent brings: a staple from before the revocation is replayed in vain [SB-01]', async () => {
    const before = stapleOf(world.site)
    await publish(() => world.site.set('revocation', 2))
    await look()

    expect(await bring(before)).toBe('revoked')
    world.now += 5 * MINUTE
    expect(await bring(before)).toBe('revoked')
    expect(await outcome()).toBe('revoked')
  })

  it('stays so when a newer staple was first, and another agent brings an older one', async () => {
    const before = stapleOf(world.site)
    await publish(() => world.site.set('revocation', 2))
    await bring()

    expect(await bring(before)).toBe('revoked')
  })

  it('stays so for what is critical, and after what told it is too old to count', async () => {
    await look()
    await publish(() => world.site.set('revocation', 2))
    expect(await bring()).toBe('revoked')
    expect(await outcome({ action: 'mail.send' })).toBe('revoked')

    await publish(() => world.site.set('revocation', 2, false), 61 * MINUTE)
    expect(await bringAsOther()).toBe('kept')

    expect(await outcome()).toBe('revoked')
    expect(await outcome({ action: 'mail.send' })).toBe('revoked')
    expect(await told()).toEqual(['revocation_cleared'])
  })

  it('stays so where nothing was ever fetched, whichever list is forgotten first', async () => {
    await publish(() => world.site.set('revocation', 2))
    const staple = stapleOf(world.site)
    const lists = [...(staple.lists as readonly Json[])].reverse()
    expect(await bring({ ...staple, lists })).toBe('revoked')

    await publish(() => world.site.set('revocation', 2, false), 61 * MINUTE)
    expect(await bringAsOther()).toBe('kept')

    expect(await outcome()).toBe('revoked')
  })

  it('ends a watch', async () => {
    verifier = await started({ timer: () => () => undefined })
    await look()
    const accepted = await present()
    if (!accepted.verified) throw new Error('it is accepted')
    const ended: string[] = []
    verifier.watch(accepted, ({ code }) => ended.push(code))
    await publish(() => world.site.set('revocation', 7))
    await bring()
    await told()
    expect(ended).toEqual([])

    await publish(() => world.site.set('revocation', 2))
    await bring()
    await told()

    expect(ended).toEqual(['revoked'])
  })
})

describe('a suspension', () => {
  it('that is held is not lifted by a staple, but by looking [SB-03]', async () => {
    await publish(() => world.site.set('suspension', 2))
    await look()
    await publish(() => world.site.set('suspension', 2, false))

    expect(await bring()).toBe('suspended')
    await look()
    expect(await outcome()).toBe('verified')
  })

  it('that a staple showed is over when a newer list is held, or a newer staple comes', async () => {
    await publish(() => world.site.set('suspension', 2))
    expect(await bring()).toBe('suspended')
    await publish(() => world.site.set('suspension', 2, false))
    expect(await bring()).toBe('kept')

    await publish(() => world.site.set('suspension', 2))
    expect(await bring()).toBe('suspended')
    await publish(() => world.site.set('suspension', 2, false))
    await look()
    expect(await outcome()).toBe('verified')
  })
})

describe('a staple that is older than what is held', () => {
  it('changes nothing, although it has a list that could not be fetched', async () => {
    const before = stapleOf(world.site)
    await publish(() => world.site.set('revocation', 7))
    const [r1] = [...world.site.documents.keys()].filter((url) => url.includes(`/r1/${world.now}`))
    const list = world.site.documents.get(r1 ?? '') ?? ''
    world.site.documents.delete(r1 ?? '')
    await look()
    expect(await outcome()).toBe('status_unavailable')

    expect(await bring(before)).toBe('status_unavailable')
    world.site.documents.set(r1 ?? '', list)
    expect(await bring()).toBe('kept')
    await publish(() => world.site.set('revocation', 8))
    world.site.documents.delete(`${world.site.base}/r1/${world.now}.jwt`)
    await look()
    expect(await outcome()).toBe('status_stale')
  })

  it('makes nothing younger, although a list that is held is older still', async () => {
    await look()
    await publish(() => world.site.set('revocation', 7), 4 * MINUTE)
    expect(await bring()).toBe('kept')
    world.now += 2 * MINUTE
    expect(await outcome()).toBe('verified')

    await publish(() => world.site.set('revocation', 8))
    world.site.forgetChanges()
    world.site.documents.delete(`${world.site.base}/r1/${world.now}.jwt`)
    await look()

    expect(await outcome()).toBe('status_stale')
  })
})

describe('a staple that is no good', () => {
  type Change = (staple: JsonObject) => Json

  const broken: readonly (readonly [string, Change])[] = [
    ['no object', () => 'staple'],
    ['a member too many', (staple) => ({ ...staple, more: 1 })],
    ['no head', ({ head, ...others }) => others],
    [
      'a head that nobody signed',
      (staple) => ({ ...staple, head: `${String(staple.head).slice(0, -4)}AAAA` }),
    ],
    ['a list twice', (staple) => ({ ...staple, lists: [...listsOf(staple), ...listsOf(staple)] })],
    ['a list in the place of another', (staple) => ({ ...staple, lists: swapped(staple) })],
    [
      'no proofs',
      (staple) => ({ ...staple, lists: listsOf(staple).map((list) => ({ ...list, proof: [] })) }),
    ],
    [
      'a wrong index',
      (staple) => ({ ...staple, lists: listsOf(staple).map((list) => ({ ...list, index: 7 })) }),
    ],
    ['another size', (staple) => ({ ...staple, size: 3 })],
    ['a size beyond all', (staple) => ({ ...staple, size: 16_385 })],
    ['proofs beyond all', (staple) => ({ ...staple, lists: listsOf(staple).map(withLongProof) })],
    ['an emergency list of no form', (staple) => ({ ...staple, emergency: 7 })],
  ]

  function listsOf({ lists }: JsonObject): readonly JsonObject[] {
    return lists as readonly JsonObject[]
  }

  function swapped(staple: JsonObject): readonly Json[] {
    const [a, b] = listsOf(staple)
    return [
      { ...a, list: b?.list ?? '' },
      { ...b, list: a?.list ?? '' },
    ]
  }

  function withLongProof(list: JsonObject): JsonObject {
    return { ...list, proof: Array.from({ length: 15 }, () => 'A'.repeat(43)) }
  }

  it.each(broken)('refuses nobody by itself, and lets nobody in: %s [SB-02]', async (_, change) => {
    const bad = change(stapleOf(world.site)) as JsonObject
    expect(await bring(bad)).toBe('status_unavailable')
    await look()
    expect(await bring(bad)).toBe('kept')
    world.now += 5 * MINUTE + 1
    expect(await bring(bad)).toBe('status_stale')
    await publish()
    expect(await bring()).toBe('kept')
  })

  it('is one with a list that the head does not commit to', async () => {
    const { lists } = stapleOf(world.site)
    await publish(() => world.site.set('revocation', 2))

    expect(await bring({ ...stapleOf(world.site), lists: lists ?? [] })).toBe('status_unavailable')
    expect(await bring()).toBe('revoked')
  })

  it('is one by another status issuer', async () => {
    const other = await makePerson()
    const site = new StatusSite(world.site.base, other.did, other.signer, world.clock)
    await site.publish()

    expect(await bring(stapleOf(site))).toBe('status_unavailable')
    expect(await bring()).toBe('kept')
  })

  it('is one of a time to come', async () => {
    world.now += 31_000
    await world.site.publish()
    const staple = stapleOf(world.site)
    world.now -= 31_000

    expect(await bring(staple)).toBe('status_unavailable')
    world.now += 1000
    expect(await bring(staple)).toBe('kept')
  })

  it('is not looked at before the presenter has proven who it is', async () => {
    const chain = await world.agentChain()
    const { signer } = world.subAgent
    const request = await world.upload(chain, { staple: stapleOf(world.site), signer })

    expect(await verifier.upload(request)).toMatchObject({ refusal: { code: 'holder_proof_invalid' } })
    expect(await outcome()).toBe('status_unavailable')
  })

  it('is one of lists that lie where the authority has no status', async () => {
    const { trust } = world
    const elsewhere = { head: 'https://id.example/other/head', statusOrigins: ['https://id.example/other/'] }
    verifier = await started({ trust: [{ ...trust, ...elsewhere }] })
    expect(await bring()).toBe('status_unavailable')
    verifier = await started({ trust: [{ ...trust, statusOrigins: ['https://id.example/status/'] }] })
    expect(await bring()).toBe('kept')
  })

  it('counts for nobody whom the operator does not trust', async () => {
    verifier.setTrust([])
    expect(await bring()).toBe('untrusted_authority')
    verifier.setTrust([world.trust])
    expect(await outcome()).toBe('status_unavailable')
  })
})

describe('evidence in a staple', () => {
  it('of two heads with one number is told, and nothing of it counts', async () => {
    await publish()
    await look()
    world.site.rewind()
    await publish(() => world.site.set('revocation', 9))

    expect(await bring()).toBe('kept')
    expect(await told()).toEqual(['head_conflict'])
    world.now += 5 * MINUTE
    expect(await outcome()).toBe('status_stale')
  })

  it('of two such heads is told where both were brought', async () => {
    await publish()
    await bring()
    world.site.rewind()
    await publish(() => world.site.set('revocation', 2))

    expect(await bring()).toBe('kept')
    expect(await told()).toEqual(['head_conflict'])
  })

  it('of a revocation that was taken back is told, and the revocation stays', async () => {
    await publish(() => world.site.set('revocation', 2))
    await look()
    await publish(() => world.site.set('revocation', 2, false))

    expect(await bring()).toBe('revoked')
    expect(await told()).toEqual([])
    expect(await bringAsOther()).toBe('kept')
    expect(await told()).toEqual(['revocation_cleared'])
    expect(await outcome()).toBe('revoked')
  })
})

describe('the emergency list in a staple', () => {
  it('counts, and without it the head does not', async () => {
    await publish()
    await world.site.declare(world.authority, {
      owners: ['did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'],
    })
    await publish()

    expect(await bring({ ...stapleOf(world.site), emergency: null })).toBe('status_unavailable')
    expect(await bring()).toBe('kept')

    await world.site.declare(world.authority, { owners: [world.owner.did] }, 2)
    await publish()
    expect(await bring()).toBe('revoked')
    expect(await outcome({ action: 'mail.send' })).toBe('revoked')
  })

  it('that is newer than what the own source shows does not make that evidence', async () => {
    const key = 'did:key:z6MkOne#z6MkOne'
    await world.site.declare(world.authority, { keys: [key] })
    await publish()
    await look()
    await publish()
    const shown = new Map(world.site.documents)
    await world.site.declare(world.authority, { keys: [key, 'did:key:z6MkTwo#z6MkTwo'] }, 2)
    await publish()
    expect(await bring()).toBe('kept')
    for (const [url, document] of shown) world.site.documents.set(url, document)
    isCutOff = false
    const [state] = await verifier.sync()

    expect(await told()).toEqual([])
    expect(state).toMatchObject({ asOf: world.now - 1000 })
    expect(state?.failure).toBeUndefined()
  })

  it('that names the key of the status issuer ends what it signed', async () => {
    await look()
    expect(await bring()).toBe('kept')
    await publish()
    await world.site.declare(world.authority, { keys: [status.signer.keyId] })
    await publish()

    expect(await bring()).toBe('status_unavailable')
    expect(await outcome()).toBe('status_unavailable')
  })
})

describe('a staple beside a token', () => {
  const request = { method: 'tools/call', params: { name: 'read' } }

  async function call(staple?: Json): Promise<string> {
    const token = await world.token(await world.agentChain(), { request })
    const options = staple === undefined ? { request } : { request, staple }
    return codeOf(await verifier.verifyToken(token, READ, options))
  }

  it('counts as one that was sent in advance', async () => {
    expect(await call()).toBe('status_unavailable')
    expect(await call({})).toBe('status_unavailable')

    expect(await call(stapleOf(world.site))).toBe('verified')

    expect(await call()).toBe('verified')
  })
})
