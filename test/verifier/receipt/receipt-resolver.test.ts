import { beforeAll, describe, expect, it } from 'vitest'
import { parseChain } from '../../../src/delegation/parse-chain.ts'
import type { ParsedChain } from '../../../src/model/chain.ts'
import {
  givenDocuments,
  receiptResolver,
  statedDocument,
} from '../../../src/verifier/receipt/receipt-resolver.ts'
import { documentOf } from '../../helpers/did-documents.ts'
import { makeWebPerson, NOW, type Person, World } from '../../helpers/world.ts'

const NO_DOCUMENTS = new Map()

let authority: Person
let chain: ParsedChain

beforeAll(async () => {
  authority = await makeWebPerson('did:web:id.example')
  const world = await World.create('Ed25519', { authority })
  const parsed = await parseChain([await world.sign(world.ownerCredential(), authority.signer)])
  if (!parsed.verified) throw new Error(`the control is refused: ${parsed.refusal.code}`)
  chain = parsed.value
})

describe('the document that a receipt states', () => {
  it('is that of the authority, with the key that signed link 0', async () => {
    const stated = statedDocument({ authorityKey: authority.signer.publicKey }, chain)
    const resolver = receiptResolver({ documents: NO_DOCUMENTS, now: NOW, stated })

    expect(await resolver.resolve(authority.did)).toMatchObject({
      verified: true,
      value: { id: authority.did, verificationMethods: [{ id: authority.signer.keyId }] },
    })
  })

  it('is that of nobody else', async () => {
    const stated = statedDocument({ authorityKey: authority.signer.publicKey }, chain)
    const resolver = receiptResolver({ documents: NO_DOCUMENTS, now: NOW, stated })

    for (const did of ['did:web:other.example', 'did:web:id.example:owner'])
      expect(await resolver.resolve(did)).toMatchObject({ refusal: { code: 'did_unresolvable' } })
    expect(await resolver.resolve(authority.did)).toMatchObject({ verified: true })
  })

  it('is none without a key, nor where no receipt counts', async () => {
    const stated = statedDocument({}, chain)
    const refused = { verified: false, refusal: { code: 'did_unresolvable', dimension: 'did' } }

    expect(stated).toEqual(refused)
    expect(
      await receiptResolver({ documents: NO_DOCUMENTS, now: NOW, stated }).resolve(authority.did),
    ).toEqual(refused)
    expect(await receiptResolver({ documents: NO_DOCUMENTS, now: NOW }).resolve(authority.did)).toEqual(
      refused,
    )
  })
})

describe('documents that were kept', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => documentOf(`did:web:${i}.example`, [authority.signer]))

  it('are at most 16', () => {
    expect(givenDocuments(many(16)).size).toBe(16)
    expect(() => givenDocuments(many(17))).toThrow('at most 16 DID documents')
  })

  it('are one of each DID', () => {
    const [one] = many(1)

    expect(() => givenDocuments([one, one])).toThrow('one of each DID')
    expect(givenDocuments([one]).size).toBe(1)
  })
})
