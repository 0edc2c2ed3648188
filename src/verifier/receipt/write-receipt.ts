import { sha256 } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import type { PublicKey } from '../../core/crypto/port.ts'
import { encodeJcs } from '../../core/jcs.ts'
import type { JsonObject } from '../../core/json.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import { isWebDid } from '../../did/did-web.ts'
import { ProcuraError } from '../../errors.ts'
import type { ParsedChain } from '../../model/chain.ts'
import type { Did } from '../../model/did.ts'
import type { Signer } from '../../model/signer.ts'
import type { Refusal } from '../../refusal.ts'
import { digestChain } from '../../securing/http-signature/chain-upload.ts'
import { AGENT_DELEGATION_PROFILE } from '../../securing/http-signature/profile.ts'
import { recordProof } from '../../securing/http-signature/recorded-proof.ts'
import { parseCompactJws } from '../../securing/vc-jose/compact-jws.ts'
import type { StatusView } from '../../status/status-view.ts'
import type { Evidence } from '../evidence.ts'
import type { Ask, PresentedForm, VerifyContext } from '../presentation.ts'
import { didOf, signedJws } from '../signed-jws.ts'
import { policyDigest } from './policy-digest.ts'
import {
  MAX_RECEIPT_BYTES,
  optional,
  type Presented,
  parseReceipt,
  RECEIPT_TYPE,
  type ReceiptAsk,
  type ReceiptStatus,
  receiptClaims,
} from './receipt.ts'

/*
 * Making a receipt (docs/spec/07-verifying.md "The receipt"). The signer is the caller's; nothing here holds a key.
 */

/** As `VerdictMethods.receipt` says. */
export async function writeReceipt(evidence: Evidence, signer: Signer): Promise<string> {
  const token = await signedJws(RECEIPT_TYPE, await claimsOf(evidence, didOf(signer)), signer)
  if (token.length > MAX_RECEIPT_BYTES)
    throw new ProcuraError(
      'ERR_PROCURA_PAYLOAD_TOO_LARGE',
      `the receipt has ${token.length} bytes, ${MAX_RECEIPT_BYTES} are read`,
    )
  assertReadable(token)
  return token
}

/** Nothing is released that cannot be read back. */
function assertReadable(token: string): void {
  const jws = parseCompactJws(token, RECEIPT_TYPE, MAX_RECEIPT_BYTES)
  const receipt = jws.verified ? parseReceipt(jws.value.payload) : jws
  if (!receipt.verified)
    throw invalid(`what was asked cannot be stated in a receipt: ${receipt.refusal.dimension ?? 'receipt'}`)
}

async function claimsOf(evidence: Evidence, issuer: Did): Promise<JsonObject> {
  const { context, question, now, presentation, view, refusal, trust } = evidence
  const { ask, target } = question
  if (
    presentation === undefined ||
    view === undefined ||
    ask === undefined ||
    refusal?.authenticated === false
  )
    throw invalid('nobody has proven to be the presenter: there is nothing to give a receipt for')
  const { policy, resolver } = context
  const { chain, form } = presentation
  const texts = chain.map(({ token }) => token)
  const authorityKey = await authorityKeyOf(chain, resolver)
  return receiptClaims({
    issuer,
    decidedAt: now,
    audience: `${policy.origin}/`,
    target,
    ask: statedAsk(ask),
    ...optional('refusal', refusal && factsOf(refusal)),
    chain: texts,
    chainDigest: digestChain(texts),
    presented: presentedBy(form, policy.origin),
    status: statusOf(chain, view),
    policyDigest: policyDigest(policy, trust),
    ...optional('authorityKey', authorityKey),
  })
}

function factsOf({ code, link, dimension, inherited }: Refusal): Refusal {
  return {
    code,
    ...optional('link', link),
    ...optional('dimension', dimension),
    ...optional('inherited', inherited),
  }
}

function statedAsk({ action, identifier, arguments: args }: Ask): ReceiptAsk {
  return {
    action,
    ...optional('identifier', identifier),
    ...(args === undefined ? {} : { argumentsDigest: encodeBase64url(sha256(encodeJcs(args))) }),
  }
}

function presentedBy(form: PresentedForm, origin: string): Presented {
  if (form.type !== 'request') return form
  const proof = recordProof(form.request, { profile: AGENT_DELEGATION_PROFILE, origin })
  if (proof === undefined) throw invalid('the request is not any more what it was when it was verified')
  return { type: 'request', ...proof }
}

/** What can be looked up on the web today may be something else tomorrow. */
async function authorityKeyOf(
  [root]: ParsedChain,
  resolver: VerifyContext['resolver'],
): Promise<PublicKey | undefined> {
  const { issuer } = root.credential
  if (!isWebDid(issuer)) return undefined
  const document = await resolver.resolve(issuer)
  if (!document.verified) return undefined
  const [{ verificationMethod }] = root.signatures
  const method = findVerificationMethod(document.value, verificationMethod, 'assertionMethod')
  return method.verified ? method.value.key : undefined
}

function statusOf([root, ...others]: ParsedChain, view: StatusView): ReceiptStatus {
  const { issuer } = root.credential.subject.statusService
  const entries = [root, ...others].flatMap(({ credential: { status } }) => status ?? [])
  const urls = new Set(entries.flatMap(({ revocation, suspension }) => [revocation, suspension]))
  const lists = [...urls].flatMap((url) => {
    const list = view.list(url, issuer)
    return list === undefined ? [] : [{ url, version: list.version, digest: list.digest, asOf: list.asOf }]
  })
  const head = view.head(issuer)
  if (head === undefined) return { lists }
  return { head: { seq: head.seq, iatMs: head.iatMs, digest: head.digest }, lists }
}

function invalid(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', message)
}
