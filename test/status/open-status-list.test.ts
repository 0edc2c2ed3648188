import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { encodeDidKey } from '../../src/did/did-key.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { refuse } from '../../src/refusal.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { type OpenStatusListOptions, openStatusList } from '../../src/status/open-status-list.ts'
import { buildStatusListCredential } from '../../src/status/sign-status-list.ts'
import {
  DEFAULT_LIST_TTL_MS,
  MAX_LIST_TTL_MS,
  MIN_LIST_TTL_MS,
} from '../../src/status/status-list-credential.ts'
import {
  bitsWith,
  issuer,
  mallory,
  NOW,
  newList,
  openOptions,
  R7,
  reasonOf,
  resolver,
  S7,
  signPayload,
  signStatusList,
  signText,
  unwrap,
  WEB_ISSUER,
  webDocument,
  webResolver,
  webSigner,
} from './fixtures.ts'

/** What opening says of a list whose payload was changed before it was signed. */
async function openChanged(
  change: (credential: Record<string, unknown>, subject: Record<string, unknown>) => void,
): Promise<string> {
  const credential = structuredClone(await buildStatusListCredential(newList())) as Record<string, unknown>
  change(credential, credential.credentialSubject as Record<string, unknown>)
  return reasonOf(await openStatusList(await signPayload(credential as JsonObject), openOptions))
}

async function open(token: string, changes: Partial<OpenStatusListOptions> = {}): Promise<string> {
  return reasonOf(await openStatusList(token, { ...openOptions, ...changes }))
}

describe('openStatusList', () => {
  it('opens a list that the status issuer signed', async () => {
    const list = newList({ validFrom: NOW - 5000, ttlMs: 30_000 })

    const opened = unwrap(await openStatusList(await signStatusList(list, issuer), openOptions))

    expect(opened).toMatchObject({
      url: R7,
      purpose: 'revocation',
      statusIssuer: issuer.did,
      version: NOW - 5000,
      validUntil: NOW - 5000 + 6 * 3_600_000,
      ttlMs: 30_000,
    })
    expect(Buffer.compare(opened.bits, list.bits)).toBe(0)
  })

  it('opens a list of a did:web status issuer', async () => {
    const signer = webSigner(issuer, 'k1')
    const token = await signStatusList(newList({ statusIssuer: WEB_ISSUER }), signer)
    const trust = { statusIssuer: WEB_ISSUER, resolver: webResolver(webDocument([signer])) }

    expect(await open(token, trust)).toBe('accepted')
  })

  it('opens a list of a status issuer with a P-256 key', async () => {
    const signer = await createLocalSigner(await generateKey('P-256'))
    const statusIssuer = encodeDidKey(signer.publicKey)

    expect(await open(await signStatusList(newList({ statusIssuer }), signer), { statusIssuer })).toBe(
      'accepted',
    )
  })

  describe('signature', () => {
    it('must be there and be right [SL-07, L4]', async () => {
      const token = await signStatusList(newList(), issuer)
      const [header, payload, signature = ''] = token.split('.')
      const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`

      expect(await open(token)).toBe('accepted')
      expect(await open(`${header}.${payload}.`)).toBe('status_invalid signature')
      expect(await open(`${header}.${payload}`)).toBe('status_invalid token')
      expect(await open(`${header}.${payload}.${flipped}`)).toBe('status_invalid signature')
    })

    it('covers every character of the token [L4]', async () => {
      const token = await signStatusList(newList(), issuer)
      const character = fc.constantFrom(...'ABab01-_.+= ')

      await fc.assert(
        fc.asyncProperty(fc.nat(token.length - 1), character, async (at, changed) => {
          fc.pre(token[at] !== changed)
          const opened = await open(token.slice(0, at) + changed + token.slice(at + 1))

          expect(opened).toMatch(/^status_invalid /)
        }),
      )
    })

    it('must be by the status issuer, not by whoever the list says [SL-07, SL-10]', async () => {
      const byMallory = await signStatusList(newList({ statusIssuer: mallory.did }), mallory)
      const inIssuersName = await signStatusList(newList(), { ...mallory, keyId: issuer.keyId })

      expect(await open(byMallory, { statusIssuer: mallory.did })).toBe('accepted')
      expect(await open(byMallory)).toBe('status_invalid kid')
      expect(await open(inIssuersName)).toBe('status_invalid signature')
      expect(await open(await signStatusList(newList(), mallory))).toBe('status_invalid kid')
    })

    it('must be by a key under assertionMethod [SL-07]', async () => {
      const [k1, k2] = [webSigner(issuer, 'k1'), webSigner(mallory, 'k2')]
      const trust = { statusIssuer: WEB_ISSUER, resolver: webResolver(webDocument([k1, k2], [k1])) }
      const list = newList({ statusIssuer: WEB_ISSUER })

      expect(await open(await signStatusList(list, k1), trust)).toBe('accepted')
      expect(await open(await signStatusList(list, k2), trust)).toBe('status_invalid assertionMethod')
    })

    it('must be on a vc+jwt, not on another artifact', async () => {
      const credential = await buildStatusListCredential(newList())

      expect(await open(await signPayload(credential))).toBe('accepted')
      for (const typ of ['vp+jwt', 'statuslist+jwt', 'JWT', 'application/vc+jwt']) {
        expect(await open(await signPayload(credential, issuer, typ))).toBe('status_invalid typ')
      }
    })

    it('cannot be checked when the status issuer does not resolve', async () => {
      const token = await signStatusList(newList({ statusIssuer: WEB_ISSUER }), webSigner(issuer, 'k1'))
      const broken = createDidResolver({ methods: { web: () => refuse('did_unresolvable') } })

      expect(await open(token, { statusIssuer: WEB_ISSUER, resolver: broken })).toBe('did_unresolvable')
      expect(await open(token, { statusIssuer: WEB_ISSUER, resolver })).toBe('did_unresolvable')
    })

    it('cannot be checked by keys of an algorithm that is kept out, which waiting does not change', async () => {
      const token = await signStatusList(newList(), issuer)
      const refusing = (dimension: string) => ({ resolve: () => refuse('unsupported', { dimension }) })

      expect(await open(token, { resolver: refusing('algorithm') })).toBe('unsupported algorithm')
      expect(await open(token, { resolver: refusing('method') })).toBe('did_unresolvable')
    })
  })

  it('refuses a genuine list at the address of another [SL-08]', async () => {
    const r8 = await signStatusList(newList({ url: R7.replace('r7', 'r8') }), issuer)

    expect(await open(r8, { url: R7.replace('r7', 'r8') })).toBe('accepted')
    expect(await open(r8)).toBe('status_invalid id')
    expect(await open(await signStatusList(newList({ url: `${R7}/` }), issuer))).toBe('status_invalid id')
  })

  it('refuses a genuine list that another issuer claims in its content [SL-10]', async () => {
    expect(await open(await signStatusList(newList({ statusIssuer: mallory.did }), issuer))).toBe(
      'status_invalid issuer',
    )
  })

  it('refuses a list of another purpose', async () => {
    const suspension = await signStatusList(newList({ url: S7, purpose: 'suspension' }), issuer)

    expect(await open(suspension, { url: S7, purpose: 'suspension' })).toBe('accepted')
    expect(await open(suspension, { url: S7 })).toBe('status_invalid statusPurpose')
  })

  it('takes the purpose that the list says when none is asked for, if that is one of the two', async () => {
    const { purpose: _, ...anyPurpose } = openOptions
    const credential = await buildStatusListCredential(newList())
    const withPurpose = async (statusPurpose: Json) => {
      const credentialSubject = { ...(credential.credentialSubject as JsonObject), statusPurpose }
      return openStatusList(await signPayload({ ...credential, credentialSubject }), anyPurpose)
    }

    expect(unwrap(await withPurpose('revocation')).purpose).toBe('revocation')
    expect(unwrap(await withPurpose(['suspension', 'message'])).purpose).toBe('suspension')
    for (const bad of ['message', 'refresh', ['revocation', 'suspension']]) {
      expect(reasonOf(await withPurpose(bad))).toBe('status_invalid statusPurpose')
    }
  })

  it('reads the purpose as a string or as an array [L6]', async () => {
    const withPurpose = (statusPurpose: unknown) =>
      openChanged((_, subject) => Object.assign(subject, { statusPurpose }))

    expect(await withPurpose(['revocation'])).toBe('accepted')
    expect(await withPurpose(['refresh', 'revocation'])).toBe('accepted')
    for (const bad of [
      ['refresh'],
      [],
      'Revocation',
      ['revocation', 1],
      null,
      {},
      Array(9).fill('revocation'),
    ]) {
      expect(await withPurpose(bad)).toBe('status_invalid statusPurpose')
    }
  })

  describe('time', () => {
    const window = { validFrom: NOW - 1000, validUntil: NOW + 1000 }

    it('makes an expired list stale [SL-12]', async () => {
      const token = await signStatusList(newList(window), issuer)

      expect(await open(token, { now: NOW + 999 })).toBe('accepted')
      expect(await open(token, { now: NOW + 1000 })).toBe('status_stale validUntil')
    })

    it('makes a list from the future invalid, beyond the skew [SL-12]', async () => {
      const token = await signStatusList(newList(window), issuer)

      expect(await open(token, { now: NOW - 1000 - 30_000 })).toBe('accepted')
      expect(await open(token, { now: NOW - 1000 - 30_001 })).toBe('status_invalid validFrom')
      expect(await open(token, { now: NOW - 1001, skewMs: 0 })).toBe('status_invalid validFrom')
      expect(await open(token, { now: Number.NaN })).toBe('status_invalid validFrom')
    })

    it('must be stated in full, the beginning in milliseconds because it is the version [SL-12]', async () => {
      const withTimes = (times: Record<string, unknown>) => openChanged((list) => Object.assign(list, times))
      const bad = [
        { validFrom: '2026-11-22T08:59:59Z' },
        { validFrom: '2026-11-22T08:59:59.0000Z' },
        { validFrom: '2026-11-22T08:59:59.000+00:00' },
        { validFrom: '2026-11-22' },
        { validFrom: NOW },
        { validFrom: '1969-12-31T23:59:59.999Z' },
        { validUntil: 'never' },
        { validUntil: null },
        { validUntil: '2026-11-22T08:59:59.000Z', validFrom: '2026-11-22T08:59:59.000Z' },
      ]

      expect(await withTimes({ validUntil: '2026-11-22T18:00:00+01:00' })).toBe('accepted')
      for (const times of bad) expect(await withTimes(times)).toBe('status_invalid validFrom')
    })

    it.each(['validFrom', 'validUntil'])('refuses a list without %s [SL-12]', async (name) => {
      expect(await openChanged((list) => delete list[name])).toBe('status_invalid credential')
    })
  })

  it.each([
    { ttl: 1, ms: MIN_LIST_TTL_MS },
    { ttl: 0, ms: MIN_LIST_TTL_MS },
    { ttl: -5, ms: MIN_LIST_TTL_MS },
    { ttl: Number.MAX_SAFE_INTEGER, ms: MAX_LIST_TTL_MS },
    { ttl: 0.5, ms: MIN_LIST_TTL_MS },
    { ttl: '60000', ms: DEFAULT_LIST_TTL_MS },
    { ttl: null, ms: DEFAULT_LIST_TTL_MS },
    { ttl: undefined, ms: DEFAULT_LIST_TTL_MS },
    { ttl: 300_000, ms: 300_000 },
  ])('honours a ttl of $ttl as $ms ms [SL-13]', async ({ ttl, ms }) => {
    const { credentialSubject, ...credential } = await buildStatusListCredential(newList())
    const { ttl: _, ...subject } = credentialSubject as JsonObject
    const changed = ttl === undefined ? subject : { ...subject, ttl }
    const token = await signPayload({ ...credential, credentialSubject: changed })

    expect(unwrap(await openStatusList(token, openOptions)).ttlMs).toBe(ms)
  })

  it('refuses a ttl that is beyond what strict JSON holds [SL-13]', async () => {
    const credential = JSON.stringify(await buildStatusListCredential(newList()))
    const withTtl = (ttl: string) => signText(credential.replace('"ttl":60000', `"ttl":${ttl}`))

    expect(await open(await withTtl('60001'))).toBe('accepted')
    expect(await open(await withTtl('1e300'))).toBe('status_invalid payload')
  })

  it('accepts statusSize only as 1', async () => {
    const withSize = (statusSize: unknown) =>
      openChanged((_, subject) => Object.assign(subject, { statusSize }))

    expect(await withSize(1)).toBe('accepted')
    for (const size of [2, 0, '1', null, true]) expect(await withSize(size)).not.toBe('accepted')
  })

  it('refuses a list that is too short or does not decode', async () => {
    expect(await openChanged((_, subject) => Object.assign(subject, { encodedList: 'uH4sI' }))).toBe(
      'status_invalid encodedList',
    )
    expect(await openChanged((_, subject) => Object.assign(subject, { encodedList: 7 }))).toBe(
      'status_invalid encodedList',
    )
  })

  it.each<[string, (list: Record<string, unknown>, subject: Record<string, unknown>) => void]>([
    ['credential', (list) => Object.assign(list, { iss: issuer.did })],
    ['credential', (list) => Object.assign(list, { included: [] })],
    ['credential', (list) => delete list.id],
    ['@context', (list) => Object.assign(list, { '@context': 'https://www.w3.org/ns/credentials/v2' })],
    ['@context', (list) => Object.assign(list, { '@context': [] })],
    ['@context', (list) => Object.assign(list, { '@context': [{ '@vocab': 'https://mallory.example/' }] })],
    ['type', (list) => Object.assign(list, { type: ['VerifiableCredential'] })],
    ['type', (list) => Object.assign(list, { type: 'BitstringStatusListCredential' })],
    ['id', (list) => Object.assign(list, { id: [R7] })],
    ['issuer', (list) => Object.assign(list, { issuer: { id: issuer.did } })],
    ['credentialSubject', (list) => Object.assign(list, { credentialSubject: [list.credentialSubject] })],
    ['credentialSubject', (_, subject) => Object.assign(subject, { statusMessage: [] })],
    ['credentialSubject', (_, subject) => delete subject.encodedList],
    ['credentialSubject.id', (_, subject) => Object.assign(subject, { id: `${S7}#list` })],
    ['credentialSubject.type', (_, subject) => Object.assign(subject, { type: 'StatusList2021' })],
  ])('is closed: refuses another shape at %s', async (dimension, change) => {
    expect(await openChanged(change)).toBe(`status_invalid ${dimension}`)
  })

  it('takes the types in either order and does without an id of the subject [L6]', async () => {
    expect(
      await openChanged((list) => Object.assign(list, { type: (list.type as string[]).toReversed() })),
    ).toBe('accepted')
    expect(await openChanged((_, subject) => delete subject.id)).toBe('accepted')
  })

  it('refuses a list of more than 1 MiB unread', async () => {
    expect(await open(`${'e'.repeat(1024 * 1024)}.e30.AA`)).toBe('status_invalid token')
  })

  it('refuses what is no JWS at all', async () => {
    for (const text of ['', 'garbage', '{}', '..', 'e30.e30.AA'])
      expect(await open(text)).toMatch(/^status_invalid/)
  })
})

describe('buildStatusListCredential', () => {
  it('writes exactly the W3C shape [L6]', async () => {
    const built = await buildStatusListCredential(newList({ bits: bitsWith(), validFrom: NOW }))

    expect(built).toEqual({
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      id: R7,
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: issuer.did,
      validFrom: '2026-11-22T09:00:00.000Z',
      validUntil: '2026-11-22T15:00:00.000Z',
      credentialSubject: {
        id: `${R7}#list`,
        type: 'BitstringStatusList',
        statusPurpose: 'revocation',
        encodedList: expect.stringMatching(/^uH4sI/),
        ttl: 60_000,
      },
    })
  })
})
