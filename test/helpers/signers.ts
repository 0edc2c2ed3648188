import type { DidDocument, VerificationMethod } from '../../src/did/did-document.ts'
import { findVerificationMethod } from '../../src/did/did-document.ts'
import { resolveDidKey } from '../../src/did/did-key.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import type { Verdict } from '../../src/refusal.ts'
import { createLocalSigner, type PrivateJwk } from '../../src/securing/vc-jose/local-signer.ts'

/** RFC 8037 appendix A.1. */
export const ALICE: PrivateJwk = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
}

/** RFC 7515 appendix A.3. */
export const BOB: PrivateJwk = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
}

/** Ed25519. */
export const alice: Signer = await createLocalSigner(ALICE)
/** P-256. */
export const bob: Signer = await createLocalSigner(BOB)
/** Ed25519, nobody's friend: `test-key-ed25519` of RFC 9421 appendix B.1.4. */
export const mallory: Signer = await createLocalSigner({
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
})

/** The verification method of a signer that uses its `did:key`. */
export function methodOf(signer: Signer): VerificationMethod {
  const [did = ''] = signer.keyId.split('#')
  const document: DidDocument = acceptedValue(resolveDidKey(did as Did))
  return acceptedValue(findVerificationMethod(document, signer.keyId, 'authentication'))
}

/** The value of a verdict that has to be a success. */
export function acceptedValue<T>(verdict: Verdict<T>): T {
  if (!verdict.verified) throw new Error(`refused: ${JSON.stringify(verdict.refusal)}`)
  return verdict.value
}

/** Code and dimension of a refusal, as `malformed typ`; `accepted` for a success. */
export function outcomeOf(verdict: Verdict<unknown>): string {
  if (verdict.verified) return 'accepted'
  const { code, dimension } = verdict.refusal
  return dimension === undefined ? code : `${code} ${dimension}`
}
