import { sha256Base64url } from '#crypto'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import type { Random } from '../../../src/core/clock.ts'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import type { DidUrl } from '../../../src/model/did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { AGENT, runJson } from '../../helpers/credentials.ts'
import { alice } from '../../helpers/signers.ts'

/** The agent of the sample credentials, who signs the run's. */
export const AGENT_SIGNER: Signer = { ...alice, keyId: `${AGENT}#key` as DidUrl }

/** Salts that are all different and always the same. */
export function countingRandom(): Random {
  let count = 0
  return (length) => new Uint8Array(length).fill(count++)
}

/** A disclosure as it is sent: base64url of a JSON array, or of whatever else a test wants. */
export function disclosureOf(items: Json): string {
  return encodeBase64url(encodeUtf8(JSON.stringify(items)))
}

/** What stands in an array for a hidden element. */
export function hidden(disclosure: string): JsonObject {
  return { '...': sha256Base64url(disclosure) }
}

export const READ: JsonObject = {
  type: 'api',
  locations: ['https://mail.example/'],
  actions: ['mail.read'],
}
export const SEND: JsonObject = { ...READ, actions: ['mail.send'] }
export const READ_DISCLOSURE = disclosureOf(['c2FsdA', READ])
export const SEND_DISCLOSURE = disclosureOf(['c2FsdDI', SEND])

/** The run's credential with these members, signed as `vc+sd-jwt` by hand, so that it may be wrong. */
export async function handMade(
  payload: JsonObject,
  disclosures: readonly string[],
  options: { readonly typ?: string; readonly signer?: Signer } = {},
): Promise<string> {
  const { typ = 'vc+sd-jwt', signer = AGENT_SIGNER } = options
  const jws = await signCompactJws({ typ, payload, signer })
  return [jws, ...disclosures, ''].join('~')
}

/** A run that may read and, hidden from the start, send. */
export function hiddenRunJson(
  authorizationDetails: Json = DEFAULT_ENTRIES,
  top: JsonObject = {},
): JsonObject {
  return { _sd_alg: 'sha-256', ...runJson({ authorizationDetails }), ...top }
}

const DEFAULT_ENTRIES = [hidden(READ_DISCLOSURE), hidden(SEND_DISCLOSURE)]
