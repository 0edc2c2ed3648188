import { createHash, verify } from 'node:crypto'
import { SDJwtInstance } from '@sd-jwt/core'
import { isProven, keyOf, makeProof, rawKeyOf, trialsOf } from './shared.mjs'

/*
 * @sd-jwt/core alone: signature and disclosures of the same three tokens, and a raw signature for the request. Nothing else: no
 * order, no status, no grants.
 */
export function makeSubjects({ sdJwt }) {
  const proof = makeProof()
  const hasher = (text, algorithm) => createHash(algorithm.replace('-', '')).update(text).digest()
  return [
    {
      name: '@sd-jwt/core',
      items: sdJwt.good,
      trials: trialsOf(sdJwt, false),
      async act({ texts }) {
        for (const text of texts) {
          const header = JSON.parse(Buffer.from(text.slice(0, text.indexOf('.')), 'base64url'))
          const key = keyOf(rawKeyOf(header.kid))
          const instance = new SDJwtInstance({
            hasher,
            verifier: (input, signature) =>
              verify(null, Buffer.from(input), key, Buffer.from(signature, 'base64url')),
          })
          await instance.verify(text)
        }
        return isProven(proof) ? 'verified' : 'unproven'
      },
    },
  ]
}
