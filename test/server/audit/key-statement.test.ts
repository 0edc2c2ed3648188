import { beforeAll, describe, expect, it } from 'vitest'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { Did } from '../../../src/model/did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { encodeVerifierKey } from '../../../src/securing/signed-note/note.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { openAuditKeyStatement, stateAuditKey } from '../../../src/server/audit/key-statement.ts'
import { givenDocuments, receiptResolver } from '../../../src/verifier/receipt/receipt-resolver.ts'
import { AUDIT_ORIGIN, checkpointOf, trailOf } from '../../helpers/audit-exports.ts'
import { didOf, newSigner } from '../../helpers/issuer-service.ts'

const NOW = Date.UTC(2026, 10, 22, 9)
const IAT = NOW / 1000
const OFFLINE = receiptResolver({ documents: givenDocuments([]), now: NOW })

let authority: Signer
let auditor: Signer
let key: string

beforeAll(async () => {
  authority = await newSigner()
  auditor = await newSigner()
  key = encodeVerifierKey({ name: AUDIT_ORIGIN, key: auditor.publicKey })
})

function iss(): Did {
  return didOf(authority) as Did
}

/** A ring whose audit keys are these, of which the last one may be revoked. */
function ringOf(...publicKeys: readonly (Signer['publicKey'] | undefined)[]): Pick<Issuer, 'keys' | 'clock'> {
  const list = async () => publicKeys.map((publicKey) => (publicKey === undefined ? {} : { publicKey }))
  return { keys: { list, authority: async () => authority } as unknown as Issuer['keys'], clock: () => NOW }
}

function sign(
  payload: Record<string, string | number>,
  { typ = 'procura-audit-key+jwt', signer = authority } = {},
) {
  return signCompactJws({ typ, payload, signer })
}

async function opened(statement: string, now = NOW): Promise<string | undefined> {
  const found = await openAuditKeyStatement(statement, { authority: iss(), resolver: OFFLINE, now })
  return found && `${encodeVerifierKey(found.key)} ${found.statedAt}`
}

describe('the word of the authority for the key of its audit trail [A2]', () => {
  it('names the key that signed the checkpoint, also when it signs no more', async () => {
    const note = await checkpointOf(trailOf(3), auditor)
    const newer = await newSigner()
    const tenant = {
      id: 'acme',
      authority: iss(),
      statusIssuer: iss(),
      environment: 'production',
      name: 'Acme',
    }

    const stated = await stateAuditKey(
      ringOf(newer.publicKey, auditor.publicKey),
      { ...tenant, createdAt: 0 },
      note,
    )

    expect(await opened(stated ?? '')).toBe(`${key} ${NOW}`)
    expect(
      await stateAuditKey(ringOf(newer.publicKey, undefined), { ...tenant, createdAt: 0 }, note),
    ).toBeUndefined()
  })

  it('is nobody else’s word, and no other artifact', async () => {
    const mallory = await newSigner()

    expect(await opened(await sign({ iss: iss(), iat: IAT, key }))).toBe(`${key} ${NOW}`)
    expect(await opened(await sign({ iss: iss(), iat: IAT, key }, { signer: mallory }))).toBeUndefined()
    expect(await opened(await sign({ iss: didOf(mallory), iat: IAT, key }))).toBeUndefined()
    expect(await opened(await sign({ iss: iss(), iat: IAT, key }, { typ: 'vc+jwt' }))).toBeUndefined()
    expect(await opened(await sign({ iss: iss(), iat: IAT, key, sub: 'more' }))).toBeUndefined()
    expect(await opened(await sign({ iss: iss(), iat: IAT, key: 'no key' }))).toBeUndefined()
    expect(await opened('')).toBeUndefined()
    expect(await opened('x'.repeat(5_000))).toBeUndefined()
  })

  it('says when, and nothing of a time to come', async () => {
    const statement = await sign({ iss: iss(), iat: IAT, key })

    expect(await opened(statement, NOW + 86_400_000)).toBe(`${key} ${NOW}`)
    expect(await opened(statement, NOW - 30_000)).toBe(`${key} ${NOW}`)
    expect(await opened(statement, NOW - 30_001)).toBeUndefined()
    expect(await opened(await sign({ iss: iss(), key }))).toBeUndefined()
    expect(await opened(await sign({ iss: iss(), iat: 'today', key }))).toBeUndefined()
  })

  it('counts with the document of a did:web that was kept, and with no other', async () => {
    const did = 'did:web:id.example'
    const named: Signer = { ...authority, keyId: `${did}#key-1` }
    const statement = await sign({ iss: did, iat: IAT, key }, { signer: named })
    const document = (relationship: string) => ({
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: did,
      verificationMethod: [
        {
          id: named.keyId,
          type: 'Multikey',
          controller: did,
          publicKeyMultibase: didOf(authority).slice('did:key:'.length),
        },
      ],
      [relationship]: [named.keyId],
    })
    const by = (...documents: object[]) =>
      openAuditKeyStatement(statement, {
        authority: did,
        resolver: receiptResolver({ documents: givenDocuments(documents), now: NOW }),
        now: NOW,
      })

    expect(await by(document('assertionMethod'))).toMatchObject({ key: { name: AUDIT_ORIGIN } })
    expect(await by(document('authentication'))).toBeUndefined()
    expect(await by()).toBeUndefined()
  })
})
