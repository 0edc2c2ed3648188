import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import type { Json } from '../../core/json.ts'
import { authorize } from '../../delegation/authorize.ts'
import { openChain, type VerifiedChain } from '../../delegation/open-chain.ts'
import { parseChain } from '../../delegation/parse-chain.ts'
import { checkAttenuation, checkValidity } from '../../delegation/verify-chain.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import { isWebDid } from '../../did/did-web.ts'
import type { AccessRequest } from '../../model/access-request.ts'
import { grantsOf, type ParsedChain } from '../../model/chain.ts'
import type { Did } from '../../model/did.ts'
import { atLink, type Refusal, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { digestChain } from '../../securing/http-signature/chain-upload.ts'
import { type CompactJws, parseCompactJws, verifyCompactJws } from '../../securing/vc-jose/compact-jws.ts'
import { describeChain } from '../describe-presentation.ts'
import type { ChainFacts } from '../verdict.ts'
import { provePresented } from './prove-presented.ts'
import {
  MAX_RECEIPT_BYTES,
  optional,
  type Presented,
  parseReceipt,
  RECEIPT_TYPE,
  type Receipt,
  type ReceiptAsk,
  type ReceiptStatus,
} from './receipt.ts'
import { readReceiptOptions, type TrustedSigner, type VerifyReceiptOptions } from './receipt-options.ts'
import { receiptResolver, statedDocument } from './receipt-resolver.ts'

/** What a receipt speaks of. */
export type ReceiptFact = (typeof FACTS)[number]

const FACTS = [
  'chain',
  'authority-key',
  'presentation',
  'target',
  'decision',
  'time',
  'ask',
  'status',
  'policy',
] as const

/** A receipt that is genuine, and what it says. Whether the presentation was accepted is `accepted`. */
export interface VerifiedReceipt extends ChainFacts {
  readonly verified: true
  /** Whether the presentation was accepted, by the word of the service provider. */
  readonly accepted: boolean
  /** Why not. */
  readonly refusal?: Refusal
  /** DID of the service provider. */
  readonly serviceProvider: Did
  /** Milliseconds since 1970. */
  readonly decidedAt: number
  readonly audience: string
  readonly target: string
  /** HTTP method, of a signed request. */
  readonly method?: string
  readonly ask: ReceiptAsk
  readonly presentedAs: Presented['type']
  readonly status: ReceiptStatus
  /** As `Verifier.policyDigest` says it. */
  readonly policyDigest: string
  /** What was shown to be so by signatures that are not the service provider's. */
  readonly proven: readonly ReceiptFact[]
  /** What is so only if one believes the service provider. */
  readonly stated: readonly ReceiptFact[]
}

/** Which part of a receipt is at fault, in the order in which they are looked at; only the first is named. */
export type ReceiptPart =
  /** It is none, or not of the form of one. */
  | 'form'
  /** It is not signed by the service provider whose it has to be. */
  | 'signer'
  /** The chain that it holds does not verify. */
  | 'chain'
  /** The presenter of that chain did not present it as the receipt says. */
  | 'presentation'
  /** What it says was accepted cannot have been, by its own content. */
  | 'decision'

/** Why a receipt is not genuine. `link` is a position in the chain that it holds. */
export interface ReceiptRefusal extends Refusal {
  readonly part: ReceiptPart
}

export interface RefusedReceipt {
  readonly verified: false
  readonly refusal: ReceiptRefusal
}

export type ReceiptVerdict = VerifiedReceipt | RefusedReceipt

function refusedIn(part: ReceiptPart, { refusal }: Refused): RefusedReceipt {
  return { verified: false, refusal: { part, ...refusal } }
}

/** As `verifyReceipt` of `procura/verifier` says. */
export async function openReceipt(token: unknown, options: VerifyReceiptOptions): Promise<ReceiptVerdict> {
  const trusted = await readReceiptOptions(options)
  if (typeof token !== 'string') return refusedIn('form', refuse('malformed', { dimension: 'receipt' }))
  const jws = parseCompactJws(token, RECEIPT_TYPE, MAX_RECEIPT_BYTES)
  if (!jws.verified) return refusedIn('form', jws)
  const receipt = parseReceipt(jws.value.payload)
  if (!receipt.verified) return refusedIn('form', receipt)
  const signed = await checkSigner(jws.value, receipt.value, trusted)
  return signed.verified ? verifyContent(receipt.value, trusted.documents) : refusedIn('signer', signed)
}

async function checkSigner(
  jws: CompactJws,
  { issuer, decidedAt }: Receipt,
  { did, key, documents }: TrustedSigner,
): Promise<Verdict<void>> {
  if (!jws.kid.startsWith(`${issuer}#`)) return refuse('key_not_authorized', { dimension: 'kid' })
  if (key !== undefined) return verifyCompactJws(jws, { key })
  if (issuer !== did) return refuse('key_not_authorized', { dimension: 'iss' })
  const document = await receiptResolver({ documents, now: decidedAt }).resolve(issuer)
  if (!document.verified) return document
  const method = findVerificationMethod(document.value, jws.kid, 'assertionMethod')
  return method.verified ? verifyCompactJws(jws, method.value) : method
}

/** Everything that can be checked without believing the service provider. */
async function verifyContent(
  receipt: Receipt,
  documents: ReadonlyMap<string, Json>,
): Promise<ReceiptVerdict> {
  if (digestChain(receipt.chain) !== receipt.chainDigest)
    return refusedIn('chain', refuse('malformed', { dimension: 'chainDigest' }))
  const chain = await parseChain(receipt.chain)
  if (!chain.verified) return refusedIn('chain', chain)
  const stated = statedDocument(receipt, chain.value)
  const resolver = receiptResolver({ documents, now: receipt.decidedAt, stated })
  const opened = await openChain(chain.value, { resolver })
  if (!opened.verified) return refusedIn('chain', opened)
  const proven = await provePresented(receipt, opened.value, resolver)
  if (!proven.verified) return refusedIn('presentation', proven)
  const refused = receipt.refusal === undefined ? refuseAccepted(receipt, chain.value) : undefined
  if (refused !== undefined) return refusedIn('decision', refused)
  return describe(receipt, opened.value, proven.value.method, documents)
}

/** What was accepted was in force then, was granted, and rested on status of every link. */
function refuseAccepted(
  { decidedAt, audience, target, ask, status }: Receipt,
  chain: ParsedChain,
): Refused | undefined {
  const origin = audience.slice(0, -1)
  const [path = ''] = target.split('?', 1)
  const { action, identifier } = ask
  const request = {
    action,
    origin,
    path,
    now: decidedAt,
    ...optional('identifier', identifier),
  }
  for (const verdict of [checkValidity(chain, decidedAt, CLOCK_SKEW_MS), checkAttenuation(chain)])
    if (!verdict.verified) return verdict
  return refuseRequest(chain, request) ?? refuseStatus(chain, status, decidedAt)
}

/** Every link grants the action there. Constraints speak of arguments and addresses, which a receipt does not hold. */
function refuseRequest(chain: ParsedChain, request: AccessRequest): Refused | undefined {
  for (const [link, parsed] of chain.entries()) {
    const grants = grantsOf(chain, parsed).map((grant) => ({ ...grant, constraints: [] }))
    const granted = authorize(grants, request)
    if (!granted.verified) return atLink(granted, link)
  }
  return undefined
}

function refuseStatus(chain: ParsedChain, { lists }: ReceiptStatus, now: number): Refused | undefined {
  const held = new Map(lists.map((list) => [list.url, list]))
  if (held.size !== lists.length) return refuse('status_invalid', { dimension: 'lists' })
  if (lists.some(({ asOf }) => asOf > now + CLOCK_SKEW_MS))
    return refuse('status_invalid', { dimension: 'asOfMs' })
  for (const [link, { credential }] of chain.entries()) {
    const { status } = credential
    if (status === undefined) continue
    if (!held.has(status.revocation) || !held.has(status.suspension))
      return refuse('status_missing', { link })
  }
  return undefined
}

function describe(
  receipt: Receipt,
  chain: VerifiedChain,
  method: string | undefined,
  documents: ReadonlyMap<string, Json>,
): VerifiedReceipt {
  const { issuer, decidedAt, audience, target, ask, refusal, presented, status, policyDigest } = receipt
  const authority = chain[0].credential.issuer
  const stated = new Set<ReceiptFact>(['decision', 'time', 'ask', 'status', 'policy'])
  if (isWebDid(authority) && !documents.has(authority)) stated.add('authority-key')
  if (presented.type !== 'request') stated.add('target')
  return {
    verified: true,
    accepted: refusal === undefined,
    ...optional('refusal', refusal),
    ...describeChain(chain),
    serviceProvider: issuer,
    decidedAt,
    audience,
    target,
    ...optional('method', method),
    ask,
    presentedAs: presented.type,
    status,
    policyDigest,
    proven: FACTS.filter((fact) => !stated.has(fact)),
    stated: FACTS.filter((fact) => stated.has(fact)),
  }
}
