import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { listVersionUrl } from '../../src/status/layout.ts'
import { MAX_STATUS_LIST_BYTES } from '../../src/status/status-list-credential.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { AUDIENCE, codeOf, makePerson, type Person, World } from '../helpers/world.ts'
import { payloadOf, signRaw } from './raw.ts'
import { READ, Stage } from './stage.ts'

const LAST = 131_071

let world: World
let issuer: Person
/** Where the present version of the revocation list lies, and what lies there. */
let url: string
let list: string

beforeEach(async () => {
  issuer = await makePerson()
  world = await World.create('Ed25519', { statusIssuer: issuer })
  await republish()
})

/** New versions of both lists. */
async function republish(): Promise<void> {
  world.now += 1000
  world.site.set('revocation', 77)
  world.site.set('suspension', 77)
  await world.site.publish()
  url = listVersionUrl(`${world.site.base}/r1`, world.now)
  list = world.site.documents.get(url) ?? ''
}

function make(): Verifier {
  const { trust, clock, site } = world
  const trusted = { trust: [trust], fetch: site.fetch, clock }
  return createVerifier({ audience: AUDIENCE, freshness: { '*': 'sensitive' }, ...trusted })
}

async function outcome(verifier: Verifier): Promise<string> {
  return codeOf(await verifier.verify(await world.present(await world.agentChain()), READ))
}

/** What becomes of a chain while this lies in the place of the revocation list, and why the list was not taken. */
async function outcomeWith(text: string | undefined): Promise<string> {
  if (text === undefined) world.site.documents.delete(url)
  else world.site.documents.set(url, text)
  const verifier = make()
  const [state] = await verifier.sync()
  return `${await outcome(verifier)}, ${state?.failure?.code ?? 'taken'}`
}

/** The list with other members, signed by its issuer. */
function changed(
  change: (list: Record<string, Json>, subject: Record<string, Json>) => void,
  signer = issuer.signer,
) {
  const credential: Record<string, Json> = JSON.parse(payloadOf(list))
  change(credential, credential.credentialSubject as Record<string, Json>)
  return signRaw(JSON.stringify(credential), signer)
}

const encoded = (text: string) => changed((_, subject) => Object.assign(subject, { encodedList: text }))
const REFUSED = 'status_unavailable, status_invalid'

describe('a status list', () => {
  it('is taken as it was published', async () => {
    expect(await outcomeWith(list)).toBe('verified, taken')
    expect(await outcomeWith(await changed(() => undefined))).toBe('verified, taken')
  })

  it('that is not there leaves its entries unknown, and they are never read as good [PD-01, PD-02]', async () => {
    expect(await outcomeWith(undefined)).toBe('status_unavailable, status_unavailable')
    expect(await outcome(make())).toBe('status_unavailable')
    expect(await outcomeWith(list)).toBe('verified, taken')
  })

  it.each([
    ['nothing', ''],
    ['a page', '<html></html>'],
    ['a list of another kind', '{"encodedList":"u"}'],
    ['JSON without a proof', JSON.stringify({ type: 'BitstringStatusListCredential' })],
    ['half a token', 'eyJ0eXAiOiJ2Yytqd3QifQ.e30'],
  ])('is no %s [SL-07, PD-02, PD-04]', async (_what, text) => {
    expect(await outcomeWith(text)).toBe(REFUSED)
    expect(await outcomeWith(list)).toBe('verified, taken')
  })

  it('is signed, by the status issuer and by nobody else whom the chain knows [SL-07, SL-10, PD-04]', async () => {
    const [header, payload] = list.split('.')
    const named = (signer: Person['signer']) => ({ ...signer, keyId: issuer.signer.keyId })

    expect(await outcomeWith(`${header}.${payload}.${'A'.repeat(86)}`)).toBe(REFUSED)
    expect(await outcomeWith(`${header}.${payload}.`)).toBe(REFUSED)
    expect(await outcomeWith(payloadOf(list))).toBe(REFUSED)
    for (const { signer } of [world.agent, world.owner, world.authority, await makePerson()]) {
      expect(await outcomeWith(await changed(() => undefined, signer))).toBe(REFUSED)
      expect(await outcomeWith(await changed(() => undefined, named(signer)))).toBe(REFUSED)
      const own = (credential: Record<string, Json>) =>
        Object.assign(credential, { issuer: signer.keyId.split('#')[0] ?? '' })
      expect(await outcomeWith(await changed(own, signer))).toBe(REFUSED)
    }
    expect(await outcomeWith(list)).toBe('verified, taken')
  })

  it('lies at its own address and is for its own purpose [SL-08]', async () => {
    const others = [...world.site.documents].filter(([at, text]) => at.includes('/s1') && text.includes('.'))
    for (const [, text] of others) expect(await outcomeWith(text)).toBe(REFUSED)
    expect(
      await outcomeWith(
        await changed((credential) => Object.assign(credential, { id: `${world.site.base}/r2` })),
      ),
    ).toBe(REFUSED)

    expect(others.length).toBeGreaterThan(0)
    expect(await outcomeWith(list)).toBe('verified, taken')
  })

  it.each<[what: string, change: JsonObject, outcome: string]>([
    [
      'has ended',
      { validFrom: '2026-11-22T07:00:00.000Z', validUntil: '2026-11-22T08:00:00.000Z' },
      'status_unavailable, status_stale',
    ],
    ['has not begun', { validFrom: '2026-11-22T10:00:00.000Z' }, REFUSED],
    ['ends before it begins', { validUntil: '2026-11-21T09:00:00.000Z' }, REFUSED],
    ['has an end that nobody can read', { validUntil: 'tomorrow' }, REFUSED],
    [
      'begins in a year of five digits, which only its offset tells',
      { validFrom: '9999-12-31T23:59:58-14:00', validUntil: '9999-12-31T23:59:59-14:00' },
      REFUSED,
    ],
    ['has an end that is no date', { validUntil: '2026-13-45T99:00:00.000Z' }, REFUSED],
  ])('that %s is none [SL-12, PD-09, PD-19]', async (_what, change, expected) => {
    expect(await outcomeWith(await changed((credential) => Object.assign(credential, change)))).toBe(expected)
    expect(await outcomeWith(list)).toBe('verified, taken')
  })

  it.each(['validFrom', 'validUntil'])('without %s is none [SL-12]', async (name) => {
    expect(
      await outcomeWith(
        await changed((credential) => {
          delete credential[name]
        }),
      ),
    ).toBe(REFUSED)
    expect(await outcomeWith(list)).toBe('verified, taken')
  })

  it.each<[ttl: string, value: Json | undefined]>([
    ['of 1 ms', 1],
    ['of nothing', 0],
    ['below nothing', -5],
    ['without end', Number.MAX_SAFE_INTEGER],
    ['in words', 'a day'],
    ['that is not there', undefined],
  ])(
    'with a time to live %s is asked for no more often, and believed for no longer [SL-13, PD-19]',
    async (_ttl, value) => {
      const text = await changed((_, subject) => {
        if (value === undefined) delete subject.ttl
        else subject.ttl = value
      })
      world.site.documents.set(url, text)
      const verifier = make()
      await verifier.sync()
      const before = world.site.requests.length
      for (let i = 0; i < 200; i++) expect(await outcome(verifier)).toBe('verified')
      expect(world.site.requests.length).toBe(before)

      world.now += 301_000
      expect(await outcome(verifier)).toBe('status_stale')
    },
  )

  it.each([
    ['of 64 MiB', 64],
    ['of 5 MiB', 5],
  ])(
    'that inflates to a bomb %s is none, and costs no memory [SL-04, PD-18]',
    { timeout: 30_000 },
    async (_what, mebibytes) => {
      const bomb = `u${encodeBase64url(gzipSync(Buffer.alloc(mebibytes * 1024 * 1024)))}`
      const text = await encoded(bomb)
      const before = process.memoryUsage().rss
      expect(await outcomeWith(text)).toBe(REFUSED)

      expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024)
      expect(await outcomeWith(list)).toBe('verified, taken')
    },
  )

  it.each<[what: string, text: (good: string) => string]>([
    ['without prefix', (good) => good.slice(1)],
    ['with the prefix z', (good) => `z${good.slice(1)}`],
    ['with the prefix m', (good) => `m${good.slice(1)}`],
    ['with the prefix U', (good) => `U${good.slice(1)}`],
    ['with padding', (good) => `${good}=`],
    ['of base64', (good) => `u${Buffer.from(good.slice(1), 'base64url').toString('base64')}/+`],
    ['with a line break', (good) => `${good.slice(0, 20)}\n${good.slice(20)}`],
    ['cut short', (good) => good.slice(0, -8)],
    ['of nothing', () => 'u'],
    ['of bits that are not compressed', () => `u${encodeBase64url(new Uint8Array(16_384))}`],
    ['of too few entries', () => `u${encodeBase64url(gzipSync(Buffer.alloc(16_383)))}`],
    [
      'of two members',
      (good) =>
        `u${encodeBase64url(Buffer.concat([Buffer.from(good.slice(1), 'base64url'), gzipSync(Buffer.alloc(16_384))]))}`,
    ],
  ])('is encoded as the standard says, not %s [SL-21, PD-02, PD-18]', async (_what, spell) => {
    const good = JSON.parse(payloadOf(list)).credentialSubject.encodedList

    expect(await outcomeWith(await encoded(spell(good)))).toBe(REFUSED)
    expect(await outcomeWith(await encoded(good))).toBe('verified, taken')
  })

  it('of more than a mebibyte is not read [SL-04]', async () => {
    expect(await outcomeWith(list + 'A'.repeat(MAX_STATUS_LIST_BYTES))).toBe(
      'status_unavailable, status_unavailable',
    )
    expect(await outcomeWith(list)).toBe('verified, taken')
  })

  it('in the bit order of the other standard is not the one that the head commits to [SL-19]', async () => {
    world.site.set('revocation', 2)
    await republish()
    const mirrored = Buffer.alloc(16_384)
    mirrored[0] = 0b0000_0100
    mirrored[9] = 0b0010_0000

    expect(await outcomeWith(await encoded(`u${encodeBase64url(gzipSync(mirrored))}`))).toBe(REFUSED)
    expect(await outcomeWith(list)).toBe('revoked, taken')
  })

  it('that was replaced by an older one keeps what it has revoked [SL-14, PD-19]', async () => {
    const before = new Map(world.site.documents)
    const verifier = make()
    await verifier.sync()
    world.site.set('revocation', 2)
    await republish()
    await verifier.sync()
    expect(await outcome(verifier)).toBe('revoked')
    for (const [at, text] of before) world.site.documents.set(at, text)

    expect(await verifier.sync()).toMatchObject([{ failure: { code: 'status_rollback' } }])
    expect(await outcome(verifier)).toBe('revoked')
    world.site.set('revocation', 2, false)
    await republish()
    await verifier.sync()
    expect(await outcome(verifier)).toBe('revoked')
  })
})

describe('the entry of a credential', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await Stage.create({ world })
  })

  it.each([0, 3, 7, 8, LAST])('is the one at its index, %i, and none beside it [SL-18]', async (index) => {
    const entry = (at: number) => world.agentChain({ statusLease: [] }, { status: world.site.entry(at) })
    const beside = index === LAST ? LAST - 1 : index + 1
    const mirrored = index === LAST ? 7 : index + 7 - 2 * (index % 8) + 16
    world.site.set('revocation', index)
    await republish()

    expect(await stage.chain(await entry(index))).toBe('revoked')
    expect(await stage.chain(await entry(beside))).toBe('verified')
    expect(await stage.chain(await entry(mirrored))).toBe('verified')
  })

  it('beyond the end of its list is no status [SL-18, PD-02]', async () => {
    const at = async (index: number) =>
      stage.chain(await world.agentChain({ statusLease: [] }, { status: world.site.entry(index) }))

    expect(await at(LAST + 1)).toBe('status_invalid')
    expect(await at(2 ** 31)).toBe('malformed')
    expect(await at(Number.MAX_SAFE_INTEGER)).toBe('malformed')
    expect(await at(LAST)).toBe('verified')
  })

  it.each<Json>([
    '-1',
    '01',
    '1.0',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '',
    '5abc',
    '١',
    2,
    2.5,
    true,
    null,
    '9'.repeat(26),
  ])('has an index in one spelling, not %j [SL-17]', async (index) => {
    const [root, agent] = await world.agentChain()
    const credential = JSON.parse(payloadOf(agent))
    for (const entry of credential.credentialStatus) entry.statusListIndex = index
    const spelt = await signRaw(JSON.stringify(credential), world.owner.signer)

    expect(await stage.chain([root, spelt])).toBe('malformed')
    expect(await stage.chain([root, agent])).toBe('verified')
  })

  it.each([
    'file:///etc/passwd',
    'data:application/json,{}',
    'http://id.example/status/acme/r1',
    'ftp://id.example/status/acme/r1',
    '//id.example/status/acme/r1',
    '/status/acme/r1',
    'https://user:pass@id.example/status/acme/r1',
    'https://169.254.169.254/latest/meta-data',
    'https://[::ffff:127.0.0.1]/r1',
    'https://0x7f.1/r1',
    'https://2130706433/r1',
    'https://id.example/status/acme/../../keys',
    'https://id.example/status/acme/%2e%2e/keys',
    'https://id.example/status/acme/r1?x=1',
    'https://id.example/status/acme/r1#x',
    'https://id.example\\@evil.example/r1',
    'HTTPS://id.example/status/acme/r1',
  ])('names a list at a public place, and nothing is asked of %s [SL-06]', async (place) => {
    const [root, agent] = await world.agentChain()
    const credential = JSON.parse(payloadOf(agent))
    for (const entry of credential.credentialStatus) entry.statusListCredential = place
    const placed = await signRaw(JSON.stringify(credential), world.owner.signer)

    expect(await stage.chain([root, placed])).toMatch(/^(malformed|status_invalid)$/)
    expect(world.site.requests.filter((asked) => !asked.startsWith(`${world.site.base}/`))).toEqual([])
    expect(await stage.chain([root, agent])).toBe('verified')
  })

  it('outside of what the authority has named is asked of nobody [SL-06, SL-10]', async () => {
    const elsewhere = (base: string) => ({ revocation: `${base}/r1`, suspension: `${base}/s1`, index: 2 })
    const [root] = await world.agentChain()
    for (const base of [
      'https://evil.example/status/acme',
      `${world.site.base}x`,
      'https://id.example/status',
    ]) {
      const credential = world.agentCredential({}, { status: elsewhere(base) })
      expect(await stage.chain([root, await world.sign(credential, world.owner.signer)])).toBe(
        'status_invalid',
      )
    }

    expect(world.site.requests.filter((asked) => !asked.startsWith(`${world.site.base}/`))).toEqual([])
    expect(await stage.chain(await world.agentChain())).toBe('verified')
  })
})
