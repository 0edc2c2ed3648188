import { createHash } from 'node:crypto'
import { SDJwtInstance } from '@sd-jwt/core'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { countingRandom } from './samples.ts'

/** Settings of the library: functions that sign, hash and make salts. */
type Settings = NonNullable<ConstructorParameters<typeof SDJwtInstance>[0]>

/** A frame of the library, of a payload whose type is not known. */
type Frame = never

/** The library as others use it: its own hashing and encoding around somebody's key. */
function instance(signer?: Signer, config: Settings = {}): SDJwtInstance<Record<string, unknown>> {
  const random = countingRandom()
  return new SDJwtInstance({
    hasher: (data) =>
      new Uint8Array(
        createHash('sha256')
          .update(data as string)
          .digest(),
      ),
    saltGenerator: (length) => Buffer.from(random(length)).toString('base64url'),
    ...(signer !== undefined && {
      signAlg: signer.algorithm,
      signer: async (text) => encodeBase64url(await signer.sign(encodeUtf8(text))),
    }),
    ...config,
  })
}

/** What the library makes of a payload with a frame, which may ask for decoys. */
export function issueWithLibrary(
  options: { readonly payload: JsonObject; readonly frame: object; readonly header: JsonObject },
  signer: Signer,
): Promise<string> {
  const { payload, frame, header } = options
  return instance(signer).issue({ ...payload }, frame as Frame, { header })
}

/** The payload that the library reads, or `undefined` where it throws. */
export async function readWithLibrary(token: string): Promise<unknown> {
  try {
    return await instance().getClaims(token)
  } catch {
    return undefined
  }
}

/** The payload that the library verifies together with a key binding, whoever signed; it throws for a bad one. */
export async function verifyWithLibrary(token: string, nonce: string, currentDate: number): Promise<unknown> {
  const library = instance(undefined, { verifier: () => true, kbVerifier: () => true })
  return (await library.verify(token, { keyBindingNonce: nonce, currentDate })).payload
}
