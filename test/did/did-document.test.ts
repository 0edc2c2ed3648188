import { describe, expect, it } from 'vitest'
import {
  type DidDocument,
  findVerificationMethod,
  singleKeyDocument,
  VERIFICATION_RELATIONSHIPS,
} from '../../src/did/did-document.ts'
import { encodeDidKey, resolveDidKey } from '../../src/did/did-key.ts'
import { thumbprintOf } from '../../src/did/jwk.ts'
import type { Did } from '../../src/model/did.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import { ED25519, P256 } from './keys.ts'

const DID: Did = 'did:web:id.example'
const KID = `${DID}#key-1`
const document = singleKeyDocument({
  id: `${DID}#key-1`,
  controller: DID,
  key: ED25519,
  thumbprint: thumbprintOf(ED25519),
})

describe('findVerificationMethod', () => {
  it.each(VERIFICATION_RELATIONSHIPS)('finds the key that is authorised for %s', (relationship) => {
    expect(acceptedValue(findVerificationMethod(document, KID, relationship)).key).toBe(ED25519)
  })

  it.each(VERIFICATION_RELATIONSHIPS)(
    'refuses a key that is not listed under %s itself [DR-09]',
    (relationship) => {
      const without: DidDocument = { ...document, [relationship]: [] }

      expect(outcomeOf(findVerificationMethod(without, KID, relationship))).toBe(
        `key_not_authorized ${relationship}`,
      )
    },
  )

  it.each([
    ['of another DID [SM-04]', `${encodeDidKey(P256)}#x`],
    ['of a DID that begins alike', 'did:web:id.example:other#key-1'],
    ['of a DID that begins alike', 'did:web:id.examples#key-1'],
    ['that is relative', '#key-1'],
    ['that is the DID', DID],
    ['that is empty', ''],
  ])('refuses a kid %s', (_name, kid) => {
    expect(outcomeOf(findVerificationMethod(document, kid, 'assertionMethod'))).toBe('key_not_authorized kid')
  })

  it.each([`${DID}#key-2`, `${DID}#key-1#`, `${DID}#KEY-1`, `${DID}#`, `${DID}#toString`])(
    'refuses the unknown kid %s',
    (kid) => {
      expect(outcomeOf(findVerificationMethod(document, kid, 'assertionMethod'))).toBe(
        'key_not_authorized assertionMethod',
      )
    },
  )

  it('refuses a kid of another DID even when the document lists it [SM-04]', () => {
    const mallory = acceptedValue(resolveDidKey(encodeDidKey(P256)))
    const [foreign = ''] = mallory.assertionMethod
    const lying: DidDocument = { ...mallory, id: DID }

    expect(outcomeOf(findVerificationMethod(lying, foreign, 'assertionMethod'))).toBe(
      'key_not_authorized kid',
    )
  })

  it('refuses a key that another DID controls [DR-08]', () => {
    const [method] = document.verificationMethods.map((own) => ({ ...own, controller: encodeDidKey(P256) }))
    const controlled: DidDocument = { ...document, verificationMethods: method === undefined ? [] : [method] }

    expect(outcomeOf(findVerificationMethod(controlled, KID, 'assertionMethod'))).toBe(
      'key_not_authorized controller',
    )
  })

  it('says unsupported of a method that is authorised and has no key of a known type', () => {
    const unusable: DidDocument = { ...document, verificationMethods: [] }

    expect(outcomeOf(findVerificationMethod(unusable, KID, 'assertionMethod'))).toBe(
      'unsupported verificationMethod',
    )
  })
})
