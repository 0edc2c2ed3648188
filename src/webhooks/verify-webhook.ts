import { decodeUtf8 } from '../core/bytes.ts'
import type { PublicKey } from '../core/crypto/port.ts'
import { isJsonArray, isJsonObject, type JsonObject, member, parseStrictJson } from '../core/json.ts'
import { isSigningJwk, parsePublicJwk } from '../did/jwk.ts'
import { ProcuraError } from '../errors.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { WEBHOOK_PROFILE } from '../securing/http-signature/profile.ts'
import { proofInvalid } from '../securing/http-signature/proof-invalid.ts'
import { parseRequestProof, verifyRequestProof } from '../securing/http-signature/verify.ts'
import { MAX_WEBHOOK_BYTES, type WebhookEvent } from './webhook-event.ts'

/** A request that came to the URL of a webhook, as it was received. */
export interface WebhookRequest {
  readonly headers: Pick<Headers, 'get'>
  /** All bytes of the body, before any parsing. */
  readonly body: Uint8Array
}

export interface VerifyWebhookOptions {
  /** The URL of the webhook, as `procura webhook show` names it; never taken from the request. */
  readonly url: string
  /**
   * What `GET {issuer}/webhooks/{tenant}/jwks.json` answered, parsed. A key that is not in it is refused with the dimension `keyid`: fetch
   * it again then, at most once a minute.
   */
  readonly keys: unknown
  /** Milliseconds since 1970. Default now. */
  readonly now?: number
}

/** Members of every event. */
const TEXTS = ['id', 'type', 'time', 'tenant', 'target'] as const

/**
 * Verifies that the issuer sent a request to this webhook, in the last minute, and reads its event. What is not verified was sent by
 * anybody: answer 401, and do nothing.
 *
 * A request can arrive twice, and be replayed within its minute: pass over an `id` that was seen before. An event is a hint that something
 * has changed, no authority: whether a delegation counts, its status says.
 *
 * @returns `holder_proof_invalid` with the part at fault as dimension; `malformed` or `limit_exceeded` for the body.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when `url` is no absolute URL.
 */
export async function verifyWebhook(
  { headers, body }: WebhookRequest,
  { url, keys, now = Date.now() }: VerifyWebhookOptions,
): Promise<Verdict<WebhookEvent>> {
  if (!URL.canParse(url))
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'url must be an absolute URL')
  if (body.length > MAX_WEBHOOK_BYTES) return refuse('limit_exceeded', { dimension: 'body' })
  const { origin, pathname, search } = new URL(url)
  const header = (name: string) => headers.get(name) ?? undefined
  const request = { method: 'POST', target: pathname + search, header, body }
  const proof = parseRequestProof(request, { profile: WEBHOOK_PROFILE, origin, now })
  if (!proof.verified) return proof
  const key = keyIn(keys, proof.value.keyId)
  if (key === undefined) return proofInvalid('keyid')
  const signed = await verifyRequestProof(proof.value, { key })
  return signed.verified ? readEvent(body) : signed
}

/** The key of that name, if it may sign. */
function keyIn(keys: unknown, keyId: string): PublicKey | undefined {
  const json = parseStrictJson(JSON.stringify(keys) ?? '') ?? null
  const listed = isJsonObject(json) ? member(json, 'keys') : undefined
  if (!isJsonArray(listed)) return undefined
  const jwk = listed.find((one): one is JsonObject => isJsonObject(one) && member(one, 'kid') === keyId)
  if (jwk === undefined || !isSigningJwk(jwk)) return undefined
  const key = parsePublicJwk(jwk)
  return key.verified ? key.value : undefined
}

function readEvent(body: Uint8Array): Verdict<WebhookEvent> {
  const json = parseStrictJson(decodeUtf8(body) ?? '') ?? null
  const isEvent = isJsonObject(json) && TEXTS.every((name) => typeof member(json, name) === 'string')
  return isEvent ? accept(json as unknown as WebhookEvent) : refuse('malformed', { dimension: 'body' })
}
