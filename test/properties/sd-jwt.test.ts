import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorize } from '../../src/delegation/authorize.ts'
import { openLink } from '../../src/delegation/open-link.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import type { ChainCredential } from '../../src/model/credential.ts'
import type { Did } from '../../src/model/did.ts'
import type { Grant } from '../../src/model/grant.ts'
import { discloseEntries } from '../../src/securing/sd-jwt/disclose.ts'
import { parseVcSdJwt } from '../../src/securing/sd-jwt/parse-vc-sd-jwt.ts'
import { signVcSdJwt } from '../../src/securing/sd-jwt/sign.ts'
import {
  anyAgentCredential,
  anyDerivedCredential,
  anyOwnerCredential,
  anyRequest,
} from '../helpers/arbitraries.ts'
import { acceptedValue, alice, outcomeOf } from '../helpers/signers.ts'
import { countingRandom } from '../securing/sd-jwt/samples.ts'

const anyCredential: fc.Arbitrary<ChainCredential> = fc
  .oneof(anyOwnerCredential, anyAgentCredential, anyDerivedCredential)
  .map((credential) => ({ ...credential, issuer: alice.keyId.split('#')[0] as Did }))

const sign = (credential: ChainCredential) =>
  signVcSdJwt({ payload: credentialToJson(credential), signer: alice, random: countingRandom() })

function grantsIn(token: string): readonly Grant[] {
  const { authorizationDetails } = acceptedValue(parseVcSdJwt(token)).credential.subject
  return authorizationDetails === 'inherit' ? [] : authorizationDetails
}

describe('any credential of a chain as an SD-JWT', () => {
  it('is read back as it was signed, and its signature is good', async () => {
    const resolver = createDidResolver()
    await fc.assert(
      fc.asyncProperty(anyCredential, async (credential) => {
        const link = acceptedValue(parseVcSdJwt(await sign(credential)))

        expect(link.credential).toEqual(credential)
        expect(outcomeOf(await openLink(link, { resolver }))).toBe('accepted')
      }),
      { numRuns: 100 },
    )
  })

  it('says the same but for the entries that are hidden, and is the same to the next link', async () => {
    await fc.assert(
      fc.asyncProperty(anyCredential, fc.array(fc.boolean()), async (credential, kept) => {
        const token = await sign(credential)
        let position = 0
        const narrowed = discloseEntries(token, () => kept[position++] ?? false)
        const [whole, part] = [token, narrowed].map((text) => acceptedValue(parseVcSdJwt(text)))
        const { authorizationDetails } = credential.subject
        const shown =
          authorizationDetails === 'inherit'
            ? 'inherit'
            : authorizationDetails.filter((_, i) => kept[i] ?? false)

        expect(part?.credential).toEqual({
          ...credential,
          subject: { ...credential.subject, authorizationDetails: shown },
        })
        expect(part?.digest).toBe(whole?.digest)
      }),
      { numRuns: 100 },
    )
  })

  it('never grants by hiding what it does not grant whole', async () => {
    let granted = 0
    await fc.assert(
      fc.asyncProperty(anyCredential, fc.nat(), anyRequest, async (credential, bits, request) => {
        const token = await sign(credential)
        let position = 0
        const narrowed = discloseEntries(token, () => ((bits >> position++) & 1) === 1)
        if (!authorize(grantsIn(narrowed), request).verified) return
        granted++
        expect(authorize(grantsIn(token), request).verified).toBe(true)
      }),
      { numRuns: 300 },
    )
    expect(granted).toBeGreaterThan(0)
  })
})
