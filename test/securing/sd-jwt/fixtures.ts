import { createHash } from 'node:crypto'
import { encodePublicJwk } from '../../../src/core/crypto/public-jwk.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { type DisclosureFrame, signSdJwt } from '../../../src/securing/sd-jwt/sign.ts'
import { type VerifySdJwtOptions, verifySdJwt } from '../../../src/securing/sd-jwt/verify.ts'
import { signBytes } from '../../../src/securing/sign-bytes.ts'
import { alice, bob, outcomeOf } from '../../helpers/signers.ts'
import { countingRandom } from './samples.ts'

/** 2026-11-22T09:00:00.000Z. */
export const NOW = Date.UTC(2026, 10, 22, 9)
export const SECONDS = NOW / 1000
export const TYP = 'example+sd-jwt'
export const REQUEST = { nonce: 'n-0S6_WzA2Mj', audience: 'https://verifier.example' }
export const resolver = createDidResolver()
/** SHA-256 of ASCII text, base64url. */
export const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
export const didOf = ({ keyId }: Signer) => keyId.split('#')[0] ?? ''

/** How the sample is verified: without asking for a key binding, and asking for one. */
export const options: VerifySdJwtOptions = {
  typ: TYP,
  issuer: { resolver, proofPurpose: 'assertionMethod' },
  now: NOW,
}
export const bound: VerifySdJwtOptions = { ...options, keyBinding: REQUEST }

/** By alice, bound to bob's key. */
export const payload: JsonObject = {
  iss: didOf(alice),
  sub: 'user_42',
  cnf: { jwk: encodePublicJwk(bob.publicKey) },
  given_name: 'John',
  address: { street: 'Main St', country: 'US' },
  nationalities: ['US', 'DE'],
}
const frame: DisclosureFrame = {
  _sd: ['given_name', 'address'],
  address: { _sd: ['street'] },
  nationalities: { _sd: [0, 1] },
}

/** The sample with other claims, all of it shown. */
export function issue(changes: JsonObject = {}, signer: Signer = alice, typ = TYP): Promise<string> {
  return signSdJwt({ typ, payload: { ...payload, ...changes }, frame, signer, random: countingRandom() })
}

/** How the sample with other claims is taken. */
export async function outcome(changes: JsonObject, signer = alice, typ = TYP): Promise<string> {
  return outcomeOf(await verifySdJwt(await issue(changes, signer, typ), { ...options, typ }))
}

/** An SD-JWT by alice with any header and payload, and these disclosures. */
export async function handMade(
  claims: JsonObject,
  disclosures: string[] = [],
  header: JsonObject = {},
): Promise<string> {
  const parts = [{ alg: 'EdDSA', kid: alice.keyId, typ: TYP, ...header }, claims]
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = await signBytes(alice, Buffer.from(input))
  return [`${input}.${Buffer.from(signature).toString('base64url')}`, ...disclosures, ''].join('~')
}
