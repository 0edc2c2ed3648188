import { beforeEach, describe, expect, it } from 'vitest'
import type { Issuer } from '../../src/issuer/issuer.ts'
import { StatusPublication } from '../../src/issuer/publish-status.ts'
import { openEmergency } from '../../src/status/emergency.ts'
import { openHead } from '../../src/status/head.ts'
import { acceptedValue, bob } from '../helpers/signers.ts'
import { NOW, PublishingStore, publishingIssuer, TENANT } from './publishing-store.ts'

let now: number
let store: PublishingStore
let issuer: Issuer
let publication: StatusPublication

beforeEach(() => {
  now = NOW
  store = new PublishingStore()
  issuer = publishingIssuer(store, () => now)
  publication = new StatusPublication(issuer, TENANT)
})

async function publish() {
  now += 1000
  return await publication.publish()
}

/** What the newest head commits to. */
async function committed(): Promise<string | null> {
  const { statusIssuer } = TENANT
  const { resolver } = issuer
  const head = await openHead(store.heads.at(-1)?.jwt ?? '', { statusIssuer, resolver, now })
  return acceptedValue(head).emergency
}

async function newest() {
  const { authority } = TENANT
  const { resolver } = issuer
  return acceptedValue(await openEmergency(store.emergencies.at(-1)?.jwt ?? '', { authority, resolver, now }))
}

describe('publishing the emergency list', () => {
  it('signs none while nothing is listed, and heads say so', async () => {
    await publish()

    expect(store.emergencies).toEqual([])
    expect(await committed()).toBeNull()
  })

  it('signs by the authority what was listed, and the head commits to it', async () => {
    store.list('owner', 'did:key:zA')
    store.list('key', 'did:key:zB#zB')
    store.list('drill', 'did:key:zC#zC')
    await publish()

    const { digest, token: _, ...claims } = await newest()
    expect(claims).toEqual({
      issuer: TENANT.authority,
      seq: 1,
      iatMs: now,
      keys: ['did:key:zB#zB'],
      owners: ['did:key:zA'],
      authority: false,
      drill: 'did:key:zC#zC',
    })
    expect(await committed()).toBe(digest)
  })

  it('signs it anew only with a new entry or another key of the authority', async () => {
    store.list('owner', 'did:key:zA')
    await publish()
    await publish()
    expect(store.emergencies).toHaveLength(1)

    store.list('authority', TENANT.authority)
    await publish()
    expect(await newest()).toMatchObject({ seq: 2, owners: ['did:key:zA'], authority: true })

    const signed = store.emergencies.at(-1)
    if (signed !== undefined) store.emergencies.push({ ...signed, keyId: 'the key before' })
    await publish()
    expect(await newest()).toMatchObject({ seq: 3, owners: ['did:key:zA'], authority: true })
  })

  it('is done although no head can be signed', async () => {
    await publish()
    store.list('owner', 'did:key:zA')
    now -= 60_000

    expect(await publish()).toMatchObject({ published: false, reason: 'clock_behind' })
    expect(await newest()).toMatchObject({ owners: ['did:key:zA'] })
  })

  it('releases none that does not read as the authority wrote it', async () => {
    store.list('owner', 'did:key:zA')
    issuer = { ...issuer, keys: { ...issuer.keys, authority: async () => bob } }
    publication = new StatusPublication(issuer, TENANT)

    expect(await publish()).toEqual({ published: false, reason: 'check_failed', rule: 'emergency' })
    expect(store.emergencies).toEqual([])
  })
})
