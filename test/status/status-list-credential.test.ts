import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { buildStatusListCredential } from '../../src/status/sign-status-list.ts'
import { parseStatusListCredential } from '../../src/status/status-list-credential.ts'
import { issuer, NOW, newList, R7, reasonOf, unwrap } from './fixtures.ts'

const TYPES = ['VerifiableCredential', 'BitstringStatusListCredential']
const CONTEXT = 'https://www.w3.org/ns/credentials/v2'

/** What reading says of a list some members of which are others. */
async function parsed(changes: JsonObject): Promise<string> {
  return reasonOf(parseStatusListCredential({ ...(await buildStatusListCredential(newList())), ...changes }))
}

async function withPurpose(statusPurpose: readonly string[]): Promise<string> {
  const { credentialSubject } = await buildStatusListCredential(newList())
  return parsed({ credentialSubject: { ...(credentialSubject as JsonObject), statusPurpose } })
}

describe('parseStatusListCredential', () => {
  it('reads what a list says of itself, and checks neither time nor issuer', async () => {
    const list = unwrap(parseStatusListCredential(await buildStatusListCredential(newList())))

    expect(list).toMatchObject({
      id: R7,
      issuer: issuer.did,
      validFrom: NOW - 1000,
      purposes: ['revocation'],
      ttlMs: 60_000,
    })
  })

  it.each<[string, JsonObject]>([
    ['issuer', { issuer: { id: issuer.did } }],
    ['issuer', { issuer: null }],
    ['validFrom', { validFrom: 'now' }],
    ['validFrom', { validFrom: '2026-11-22T16:00:00.000Z' }],
    ['validFrom', { validUntil: 'never' }],
    ['validFrom', { validFrom: 'now', validUntil: 'never' }],
    ['@context', { '@context': [CONTEXT, 'https://www.w3.org/ns/credentials/examples/v2'] }],
    ['@context', { '@context': null }],
    ['type', { type: [...TYPES, 'VerifiableCredential'] }],
    ['type', { type: ['VerifiableCredential', 'StatusList2021Credential'] }],
    ['type', { type: ['VerifiableCredential', 'VerifiableCredential'] }],
    ['type', { type: { 0: 'VerifiableCredential', 1: 'BitstringStatusListCredential', length: 2 } }],
  ])('refuses a wrong %s in %j', async (dimension, changes) => {
    expect(await parsed({})).toBe('accepted')
    expect(await parsed(changes)).toBe(`status_invalid ${dimension}`)
  })

  it('reads the first version that there can be, and none from before 1970', async () => {
    expect(await parsed({ validFrom: '1970-01-01T00:00:00.000Z' })).toBe('accepted')
    expect(await parsed({ validFrom: '1969-12-31T23:59:59.999Z' })).toBe('status_invalid validFrom')
  })

  it('reads one to eight purposes', async () => {
    expect(await withPurpose(['message'])).toBe('accepted')
    expect(await withPurpose(Array(8).fill('message'))).toBe('accepted')
    expect(await withPurpose([])).toBe('status_invalid statusPurpose')
    expect(await withPurpose(Array(9).fill('message'))).toBe('status_invalid statusPurpose')
  })
})
