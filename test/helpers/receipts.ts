import { isJsonObject, type JsonObject, parseStrictJson } from '../../src/core/json.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { RECEIPT_TYPE } from '../../src/verifier/receipt/receipt.ts'
import type { VerifyReceiptOptions } from '../../src/verifier/receipt/receipt-options.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { verifyReceipt } from '../../src/verifier/verify-receipt.ts'
import { AUDIENCE, makePerson, type Person, type World } from './world.ts'

/** A service provider: a verifier, and a key for receipts. */
export interface Provider {
  readonly verifier: Verifier
  readonly person: Person
}

export async function makeProvider(
  world: World,
  options: Partial<VerifierOptions> = {},
  person?: Person,
): Promise<Provider> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    bearer: ['mail.read'],
    fetch: world.site.fetch,
    clock: world.clock,
    ...options,
  })
  await verifier.sync()
  return { verifier, person: person ?? (await makePerson()) }
}

/** A receipt for a verdict that has to be an accepted one. */
export async function receiptFor(verdict: PresentationVerdict, { person }: Provider): Promise<string> {
  if (!verdict.verified) throw new Error(`the control is refused: ${verdict.refusal.code}`)
  return verdict.receipt(person.signer)
}

/** Code and dimension of what is said of a receipt, `accepted` or `not accepted` of a genuine one. */
export async function judged(
  receipt: unknown,
  { person }: Provider,
  options: Partial<VerifyReceiptOptions> = {},
): Promise<string> {
  const verdict = await verifyReceipt(receipt, { did: person.did, ...options })
  if (verdict.verified) return verdict.accepted ? 'accepted' : 'not accepted'
  const { code, dimension } = verdict.refusal
  return dimension === undefined ? code : `${code} ${dimension}`
}

/** The claims of a receipt, for who writes another one. */
export function claimsIn(receipt: string): JsonObject {
  const claims = parseStrictJson(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString())
  if (!isJsonObject(claims)) throw new Error('the receipt holds no claims')
  return claims
}

/** The same for any text, which need not be what a writer of JSON would write. */
export async function signText(text: string, { person: { signer } }: Provider): Promise<string> {
  const header = JSON.stringify({ alg: signer.algorithm, kid: signer.keyId, typ: RECEIPT_TYPE })
  const input = [header, text].map((part) => Buffer.from(part).toString('base64url')).join('.')
  return `${input}.${Buffer.from(await signer.sign(Buffer.from(input))).toString('base64url')}`
}

/** What a service provider who lies would sign. */
export function signClaims(
  payload: JsonObject,
  { person }: Provider,
  typ: string = RECEIPT_TYPE,
): Promise<string> {
  return signCompactJws({ typ, payload, signer: person.signer })
}
