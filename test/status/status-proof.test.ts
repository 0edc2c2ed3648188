import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { CRYPTOSUITES } from '../../src/model/chain.ts'
import type { Signer } from '../../src/model/signer.ts'
import { refuse } from '../../src/refusal.ts'
import { type SignDataIntegrityOptions, signDataIntegrity } from '../../src/securing/data-integrity/sign.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { type OpenStatusListOptions, openStatusList } from '../../src/status/open-status-list.ts'
import { buildStatusListCredential, type NewStatusList } from '../../src/status/sign-status-list.ts'
import { MAX_STATUS_LIST_BYTES } from '../../src/status/status-list-credential.ts'
import { createStatusMemory } from '../../src/status/status-memory.ts'
import {
  bitsWith,
  issuer,
  mallory,
  NOW,
  newList,
  openOptions,
  reasonOf,
  resolver,
  S7,
  signStatusList,
  unwrap,
  WEB_ISSUER,
  webDocument,
  webResolver,
  webSigner,
} from './fixtures.ts'

type Changes = Partial<SignDataIntegrityOptions>

async function signed(list: NewStatusList = newList(), changes: Changes = {}): Promise<JsonObject> {
  const document = await buildStatusListCredential(list)
  return signDataIntegrity({ document, cryptosuite: 'eddsa-jcs-2022', signer: issuer, ...changes })
}

async function open(document: JsonObject, changes: Partial<OpenStatusListOptions> = {}): Promise<string> {
  return reasonOf(await openStatusList(JSON.stringify(document), { ...openOptions, ...changes }))
}

describe('openStatusList, given a document with a proof', () => {
  it('opens the same list as from a vc+jwt of the same key [L4]', async () => {
    const list = newList({ ttlMs: 30_000 })
    const jws = unwrap(await openStatusList(await signStatusList(list, issuer), openOptions))

    const proven = unwrap(await openStatusList(JSON.stringify(await signed(list)), openOptions))

    expect(proven).toEqual(jws)
  })

  it.each(CRYPTOSUITES)('opens one of a did:web status issuer with %s', async (cryptosuite) => {
    const type = cryptosuite.startsWith('eddsa') ? 'Ed25519' : 'P-256'
    const signer: Signer = webSigner(await createLocalSigner(await generateKey(type)), 'key-1')
    const list = newList({ statusIssuer: WEB_ISSUER })
    const trust = { statusIssuer: WEB_ISSUER, resolver: webResolver(webDocument([signer])) }
    const document = await signed(list, { cryptosuite, signer })
    const { credentialSubject, ...rest } = document
    const changed = {
      ...rest,
      credentialSubject: { ...(credentialSubject as JsonObject), statusPurpose: 'suspension' },
    }

    expect(await open(document, trust)).toBe('accepted')
    expect(await open(changed, { ...trust, purpose: 'suspension' })).toBe('status_invalid signature')
  })

  it('refuses one that nobody proves, or another than the status issuer [SL-07, SL-10]', async () => {
    const { proof: _, ...unsigned } = await signed()
    const others = await signed(newList({ statusIssuer: mallory.did }), { signer: mallory })

    expect(await open(await signed())).toBe('accepted')
    expect(await open(unsigned)).toBe('status_invalid proof')
    expect(await open(others)).toBe('status_invalid proof.verificationMethod')
    expect(await open(await signed(newList(), { signer: mallory }))).toBe('status_invalid issuer')
  })

  it('asks nobody else for a key', async () => {
    const asked: string[] = []
    const asking = { resolve: (did: string) => [asked.push(did), resolver.resolve(did)][1] as never }
    const set = await signDataIntegrity({
      document: await signed(),
      cryptosuite: 'eddsa-jcs-2022',
      signer: mallory,
    })

    expect(await open(set, { resolver: asking })).toBe('status_invalid proof.verificationMethod')
    expect(asked).toEqual([issuer.did])
  })

  it('refuses more than one proof, because what is remembered is remembered per key', async () => {
    const twice = await signDataIntegrity({
      document: await signed(),
      cryptosuite: 'eddsa-jcs-2022',
      signer: issuer,
    })

    expect(await open(twice)).toBe('status_invalid proof')
  })

  it('refuses a key that is not under assertionMethod [SL-07]', async () => {
    const signer = webSigner(issuer, 'key-1')
    const document = await signed(newList({ statusIssuer: WEB_ISSUER }), { signer })
    const trusting = (asserting: readonly Signer[]) =>
      open(document, { statusIssuer: WEB_ISSUER, resolver: webResolver(webDocument([signer], asserting)) })

    expect(await trusting([signer])).toBe('accepted')
    expect(await trusting([])).toBe('status_invalid assertionMethod')
  })

  it('cannot be checked when the status issuer does not resolve', async () => {
    const lost = { resolve: () => refuse('did_unresolvable') }

    expect(await open(await signed(), { resolver: lost })).toBe('did_unresolvable')
  })

  it('is subject to all that a vc+jwt is [SL-08, SL-12]', async () => {
    const far = newList({ validFrom: NOW + 60_000 })
    const ended = newList({ validFrom: NOW - 2000, validUntil: NOW - 1000 })

    expect(await open(await signed(newList({ url: S7 })))).toBe('status_invalid id')
    expect(await open(await signed(newList({ purpose: 'suspension' })))).toBe('status_invalid statusPurpose')
    expect(await open(await signed(far))).toBe('status_invalid validFrom')
    expect(await open(await signed(ended))).toBe('status_stale validUntil')
  })

  it('ends with its proof', async () => {
    const document = await signed(newList(), { expires: NOW + 5000 })
    const until = (now: number) => open(document, { now })

    expect(unwrap(await openStatusList(JSON.stringify(document), openOptions)).validUntil).toBe(NOW + 5000)
    expect(await until(NOW + 4999)).toBe('accepted')
    expect(await until(NOW + 5000)).toBe('status_stale validUntil')
    expect(await until(NOW + 60_000)).toBe('status_stale proof.expires')
  })

  it('refuses members twice, and more than 1 MiB unread', async () => {
    const text = JSON.stringify(await signed())
    const twice = text.replace('"id":', '"id":"https://evil.example/","id":')
    const large = text.padEnd(MAX_STATUS_LIST_BYTES + 1)

    expect(reasonOf(await openStatusList(text, openOptions))).toBe('accepted')
    expect(reasonOf(await openStatusList(twice, openOptions))).toBe('status_invalid')
    expect(reasonOf(await openStatusList(large, openOptions))).toBe('status_invalid token')
    expect(reasonOf(await openStatusList('{}', openOptions))).toBe('status_invalid proof')
  })

  it('is measured in bytes, up to 1 MiB of them', async () => {
    const text = JSON.stringify(await signed())
    const most = text.padEnd(MAX_STATUS_LIST_BYTES)
    const wide = `${text}${'é'.repeat(MAX_STATUS_LIST_BYTES / 2)}`

    expect(reasonOf(await openStatusList(most, openOptions))).toBe('accepted')
    expect(wide.length).toBeLessThan(MAX_STATUS_LIST_BYTES)
    expect(reasonOf(await openStatusList(wide, openOptions))).toBe('status_invalid token')
  })

  it('is proven no later than now, but for the skew of clocks that is granted', async () => {
    const document = await signed(newList(), { created: NOW + 20_000 })

    expect(await open(document)).toBe('accepted')
    expect(await open(document, { skewMs: 30_000 })).toBe('accepted')
    expect(await open(document, { skewMs: 0 })).toBe('status_invalid proof.created')
  })

  it('is one list with its vc+jwt: neither form is newer than the other [SL-14]', async () => {
    const memory = createStatusMemory()
    const newer = newList({ validFrom: NOW, bits: bitsWith(3, 4, 9113) })
    const older = newList()
    const proven = unwrap(await openStatusList(JSON.stringify(await signed(newer)), openOptions))
    const before = unwrap(await openStatusList(await signStatusList(older, issuer), openOptions))

    expect(memory.acceptList(proven).verdict.verified).toBe(true)
    expect(memory.acceptList(before).verdict).toMatchObject({ refusal: { code: 'status_rollback' } })
  })
})
