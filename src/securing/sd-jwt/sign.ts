import { sha256 } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { encodeUtf8, equalBytes } from '../../core/bytes.ts'
import type { Random } from '../../core/clock.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { isJsonArray, isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'
import type { Signer } from '../../model/signer.ts'
import { signBytes } from '../sign-bytes.ts'
import { parseVcSdJwt, VC_SD_JWT_TYPE } from './parse-vc-sd-jwt.ts'
import { readSdJwt } from './read-sd-jwt.ts'
import { VALIDITY_CLAIMS } from './validity-claims.ts'

/**
 * What of an object or array can be hidden: `_sd` lists names of members or positions of elements, every other name
 * has the frame of what it leads to.
 */
export interface DisclosureFrame {
  readonly [name: string]: DisclosureFrame | readonly string[] | readonly number[]
}

/**
 * Signs a payload as an SD-JWT (RFC 9901 §6.1) with the header `alg`, `kid`, `typ`. All disclosures follow it.
 *
 * The signature is verified and the text read back to an equal payload before it is returned.
 *
 * @param options.frame What can be hidden.
 * @param options.random Makes the salts, 16 bytes each.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a payload with a reserved name (`_sd`, `...`, `_sd_alg`), with
 *   a value that strict JSON refuses, or too large to be read, and for a frame that names what is not there or
 *   what decides on validity;
 *   `ERR_PROCURA_INVALID_KEY` when the signature does not verify under the signer's own key.
 */
export async function signSdJwt(options: {
  readonly typ: string
  readonly payload: JsonObject
  readonly frame: DisclosureFrame
  readonly signer: Signer
  readonly random: Random
}): Promise<string> {
  const { typ, payload, frame, signer, random } = options
  assertShown(frame)
  const { SDJwtInstance } = await import('@sd-jwt/core')
  const instance = new SDJwtInstance({
    signer: async (input) => encodeBase64url(await signBytes(signer, encodeUtf8(input))),
    signAlg: signer.algorithm,
    hasher: (text) => sha256(typeof text === 'string' ? encodeUtf8(text) : new Uint8Array(text)),
    saltGenerator: (length) => encodeBase64url(random(length)),
  })
  // The library derives the type of a frame from that of the payload, which is known only at run time.
  const text = await instance.issue(payload, frame as never, { header: { kid: signer.keyId, typ } })
  const read = readSdJwt(text, typ)
  if (!read.verified || !equalBytes(encodeJcs(read.value.payload), encodeJcs(payload))) throw unreadable()
  if (read.value.parts.disclosures.length !== countHidden(frame)) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'the frame names something that the payload does not have',
    )
  }
  return text
}

/** What decides on validity stays in the open: whoever presents could leave it out. */
function assertShown({ _sd: hidden }: DisclosureFrame): void {
  if (isJsonArray(hidden) && hidden.some((name) => VALIDITY_CLAIMS.some((claim) => claim === name))) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'a claim that decides on validity cannot be hidden',
    )
  }
}

/** How many disclosures a frame asks for. */
function countHidden(frame: DisclosureFrame): number {
  const counts = Object.values(frame).map((value) => (isJsonArray(value) ? value.length : countHidden(value)))
  return counts.reduce((sum, count) => sum + count, 0)
}

/**
 * Secures a credential of a chain as `vc+sd-jwt` (docs/spec/04-securing.md): every entry of `authorizationDetails` can
 * be hidden, and all are shown.
 *
 * @returns The text, which ends with a tilde; {@link parseVcSdJwt} reads it.
 * @throws {ProcuraError} As {@link signSdJwt}; `ERR_PROCURA_INVALID_ARGUMENT` for what is no credential of a chain,
 * and for one that another issuer than the signer makes.
 */
export async function signVcSdJwt(options: {
  readonly payload: JsonObject
  readonly signer: Signer
  readonly random: Random
}): Promise<string> {
  const frame = frameOf(options.payload)
  const text = await signSdJwt({ ...options, typ: VC_SD_JWT_TYPE, frame })
  if (!parseVcSdJwt(text).verified) throw unreadable()
  return text
}

function frameOf(payload: JsonObject): DisclosureFrame {
  const subject = member(payload, 'credentialSubject')
  const details = isJsonObject(subject) ? member(subject, 'authorizationDetails') : undefined
  if (!isJsonArray(details)) return {}
  return { credentialSubject: { authorizationDetails: { _sd: [...details.keys()] } } }
}

function unreadable(): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'the payload cannot be read back as an SD-JWT')
}
