import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import type { AgentRows, OwnerRows } from '../../src/issuer/build-from-rows.ts'
import { MAX_DELEGATION_SECONDS } from '../../src/issuer/lifetimes.ts'
import { type Linted, lint as lintFor, redeem } from '../../src/issuer/lint.ts'
import { signCredential } from '../../src/issuer/sign-credential.ts'
import type { Mechanism } from '../../src/model/chain.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { parseVcJwt } from '../../src/securing/vc-jose/parse-vc-jwt.ts'
import { acceptedValue, alice, bob, mallory, outcomeOf } from '../helpers/signers.ts'
import { NOW, ORIGIN, TENANT } from './publishing-store.ts'

const DAY = 86_400_000
const GRANT = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }

function didOf({ keyId }: { readonly keyId: string }): Did {
  return keyId.split('#')[0] as Did
}

function ownerRows(changes: object = {}, credential: object = {}): OwnerRows {
  return {
    origin: ORIGIN,
    tenant: TENANT,
    owner: {
      tenant: 'acme',
      id: 'own_1',
      did: didOf(alice),
      name: 'Support',
      accountable: 'urn:uuid:00000000-0000-4000-8000-000000000001',
      accountableName: 'Ada Lovelace',
      assurance: 'mfa',
      environment: 'production',
      entitlements: [GRANT],
      revokers: [],
      state: 'active',
      suspended: false,
      version: 1,
      createdAt: NOW,
      ...changes,
    },
    credential: {
      id: 'urn:uuid:00000000-0000-4000-8000-000000000002',
      position: { list: 1, index: 7 },
      validFrom: NOW,
      validUntil: NOW + DAY,
      ...credential,
    },
  }
}

function agentRows(terms: object = {}, credential: object = {}): AgentRows {
  const rows = ownerRows()
  return {
    ...rows,
    agent: {
      tenant: 'acme',
      id: 'agt_1',
      ownerId: 'own_1',
      did: didOf(bob),
      name: 'Triage',
      purpose: 'sorts mail',
      mode: 'delegated',
      state: 'active',
      suspended: false,
      createdAt: NOW,
    },
    credential: {
      ...rows.credential,
      lease: [8, 9],
      terms: { inherit: true, maxDepth: 1, lifetimeSeconds: 86_400, ...terms },
      ...credential,
    },
  }
}

function lint(rows: OwnerRows | AgentRows, mechanism: Mechanism = 'vc+jwt') {
  return lintFor(rows, mechanism)
}

/** The text, in the form that is wanted. */
async function sign(token: Linted, signer: Signer, wanted: Mechanism = 'vc+jwt'): Promise<string> {
  const { text } = await signCredential(token, { signer, wanted, random: systemRandom })
  return text
}

describe('lint', () => {
  it('builds link 0 from rows, to be signed by the authority', async () => {
    const token = acceptedValue(lint(ownerRows()))
    const jwt = await sign(token, mallory)

    const { credential } = acceptedValue(parseVcJwt(jwt))
    expect(credential).toMatchObject({
      issuer: TENANT.authority,
      status: { revocation: `${ORIGIN}/status/acme/r1`, suspension: `${ORIGIN}/status/acme/s1`, index: 7 },
      subject: { statusService: { issuer: TENANT.statusIssuer, origins: [`${ORIGIN}/status/acme/`] } },
    })
  })

  it('builds link 1 from rows, to be signed by the owner', async () => {
    const { credential } = acceptedValue(parseVcJwt(await sign(acceptedValue(lint(agentRows())), alice)))

    expect(credential).toMatchObject({
      issuer: didOf(alice),
      subject: {
        kind: 'Agent',
        id: didOf(bob),
        agentId: 'agt_1',
        authority: TENANT.authority,
        statusLease: [{ indexes: [8, 9] }],
      },
    })
  })

  it.each<{ wrong: string; rows: () => OwnerRows | AgentRows; says: string }>([
    {
      wrong: 'an entitlement without locations',
      rows: () => ownerRows({ entitlements: [{ type: 'api', actions: ['a'] }] }),
      says: 'malformed authorizationDetails.locations',
    },
    {
      wrong: 'an entitlement of an unknown type',
      rows: () => ownerRows({ entitlements: [{ ...GRANT, type: 'payment' }] }),
      says: 'unsupported authorizationDetails.type',
    },
    {
      wrong: 'an accountable that is empty',
      rows: () => ownerRows({ accountable: '' }),
      says: 'malformed credentialSubject.accountable',
    },
    { wrong: 'an id that is no UUID', rows: () => ownerRows({}, { id: 'urn:uuid:1' }), says: 'malformed id' },
    {
      wrong: 'an end before the beginning',
      rows: () => ownerRows({}, { validUntil: NOW - 1 }),
      says: 'malformed validUntil',
    },
    {
      wrong: 'a life of 31 days',
      rows: () => ownerRows({}, { validUntil: NOW + 31 * DAY }),
      says: 'limit_exceeded validUntil',
    },
    {
      wrong: 'a delegation for longer than allowed',
      rows: () => agentRows({}, { validUntil: NOW + MAX_DELEGATION_SECONDS * 1000 + 1 }),
      says: 'limit_exceeded validUntil',
    },
    {
      wrong: 'terms with both grants and inherit',
      rows: () => agentRows({ authorizationDetails: [GRANT] }),
      says: 'malformed',
    },
    {
      wrong: 'terms with inherit that is false',
      rows: () => agentRows({ inherit: false }),
      says: 'malformed inherit',
    },
    {
      wrong: 'terms with a member that nobody knows',
      rows: () => agentRows({ admin: true }),
      says: 'malformed',
    },
    {
      wrong: 'a lease beyond the list',
      rows: () => agentRows({}, { lease: [-1] }),
      says: 'malformed credentialSubject.statusLease.indexes',
    },
    {
      wrong: 'what is too large for a credential',
      rows: () =>
        ownerRows({
          entitlements: Array.from({ length: 32 }, (_, i) => ({
            ...GRANT,
            identifiers: Array.from({ length: 40 }, (_, n) => `folder-${i}-${n}`),
          })),
        }),
      says: 'limit_exceeded authorizationDetails',
    },
  ])('refuses $wrong', ({ rows, says }) => {
    expect(outcomeOf(lint(rows()))).toBe(says)
    expect(outcomeOf(lint(agentRows()))).toBe('accepted')
  })

  it('is redeemed once: what was signed cannot be signed again', async () => {
    const token = acceptedValue(lint(ownerRows()))
    await sign(token, mallory)

    await expect(sign(token, mallory)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('cannot be had otherwise: nothing else is signed', () => {
    const forged = Object.freeze({}) as Linted

    expect(() => redeem(forged)).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }))
  })
})

describe('signing', () => {
  it('with a key that is not the issuer in the credential releases nothing', async () => {
    const token = acceptedValue(lint(ownerRows()))

    await expect(sign(token, alice)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('with a device that signs wrongly releases nothing', async () => {
    const faulty = { ...mallory, sign: async () => new Uint8Array(64) }

    await expect(sign(acceptedValue(lint(ownerRows())), faulty)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })
})
