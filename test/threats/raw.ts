import { encodeBase64url } from '../../src/core/base64url.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/core/bytes.ts'
import { systemRandom } from '../../src/core/clock.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import type { Signer } from '../../src/model/signer.ts'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import { buildSignatureBase } from '../../src/securing/http-signature/signature-base.ts'
import { formatByteSequence } from '../../src/securing/http-signature/structured-fields.ts'
import { requestOf, type World } from '../helpers/world.ts'

/** A compact JWS over any bytes under any header, really signed: what only a reader can refuse. */
export async function signRaw(
  payload: string | Uint8Array,
  signer: Signer,
  header: JsonObject = {},
): Promise<string> {
  const head = { alg: signer.algorithm, kid: signer.keyId, typ: 'vc+jwt', ...header }
  const bytes = typeof payload === 'string' ? encodeUtf8(payload) : payload
  const input = `${encodeBase64url(encodeUtf8(JSON.stringify(head)))}.${encodeBase64url(bytes)}`
  return `${input}.${encodeBase64url(await signer.sign(encodeUtf8(input)))}`
}

/** The text that a token carries. */
export function payloadOf(token: string): string {
  return decodeUtf8(Buffer.from(token.split('.')[1] ?? '', 'base64url')) ?? ''
}

/** The same token with its header, payload or signature put in another way. */
export function withPart(token: string, part: 0 | 1 | 2, change: (text: string) => string): string {
  const parts = token.split('.')
  parts[part] = change(parts[part] ?? '')
  return parts.join('.')
}

/** What stands in a request signature that is made by hand; each part may be wrong. */
export interface RawProof {
  readonly method?: string
  readonly target?: string
  readonly origin?: string
  readonly components?: readonly string[]
  /** After the components, as `;created=1;…`. */
  readonly parameters?: string
}

/** A request whose presenter really signed it, whatever it says: no writer of ours checks it first. */
export async function presentRaw(
  { now, agent }: World,
  texts: readonly string[],
  raw: RawProof = {},
): Promise<PresentedRequest> {
  const { method = 'GET', target = '/inbox', origin = 'https://mail.example' } = raw
  const { components = ['"@method"', '"@target-uri"', '"agent-delegation"'] } = raw
  const created = Math.floor(now / 1000)
  const nonce = encodeBase64url(systemRandom(16))
  const times = `;created=${created};expires=${created + 60}`
  const { parameters = `${times};nonce="${nonce}";keyid="${agent.signer.keyId}";tag="agent-delegation"` } =
    raw
  const headers: Record<string, string> = { 'agent-delegation': formatAgentDelegation(texts) }
  const input = `(${components.join(' ')})${parameters}`
  const signed = { method, targetUri: origin + target, header: (name: string) => headers[name] }
  const base = buildSignatureBase(signed, components, input) ?? new Uint8Array()
  headers['signature-input'] = `sig=${input}`
  headers.signature = `sig=${formatByteSequence(await agent.signer.sign(base))}`
  return requestOf(method, target, headers)
}
