import { expect, it } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import { parseVcDataIntegrity } from '../../src/securing/data-integrity/parse-vc-data-integrity.ts'
import { parseVcSdJwt } from '../../src/securing/sd-jwt/parse-vc-sd-jwt.ts'
import { signCredential } from '../../src/securing/sign-credential.ts'
import { parseVcJwt } from '../../src/securing/vc-jose/parse-vc-jwt.ts'
import { ownerJson } from '../helpers/credentials.ts'
import { acceptedValue, alice } from '../helpers/signers.ts'

it.each([
  ['vc+jwt', parseVcJwt],
  ['vc+sd-jwt', parseVcSdJwt],
  ['eddsa-jcs-2022', parseVcDataIntegrity],
] as const)('a credential is secured by the mechanism that is asked for (%s)', async (mechanism, parse) => {
  const credential = ownerJson({}, { issuer: alice.keyId.split('#')[0] })

  const text = await signCredential({ credential, mechanism, signer: alice, random: systemRandom })

  expect(acceptedValue(parse(text))).toMatchObject({ mechanism, token: text })
})
