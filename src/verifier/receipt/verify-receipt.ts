import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import type { PublicKey } from '../../core/crypto/port.ts'
import type { Json } from '../../core/json.ts'
import { authorize } from '../../delegation/authorize.ts'
import { openChain, type VerifiedChain } from '../../delegation/open-chain.ts'
import { parseChain } from '../../delegation/parse-chain.ts'
import { checkAttenuation, checkValidity } from '../../delegation/verify-chain.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import { isWebDid } from '../../did/did-web.ts'
import { parsePublicJwk } from '../../did/jwk.ts'
import { ProcuraError } from '../../errors.ts'
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
  type Presented,
  parseReceipt,
  RECEIPT_TYPE,
  type Receipt,
  type ReceiptAsk,
  type ReceiptStatus,
} from './receipt.ts'
import { givenDocuments, receiptResolver } from './receipt-resolver.ts'

/** Whose receipt it has to be, and what was kept beside it. */
export interface VerifyReceiptOptions {
  /** DID of the service provider. A `did:key` or `did:jwk` needs nothing else, any other its document. */
  readonly did?: string
  /** Public key of the service provider, as a JWK: in place of `did`. */
  readonly key?: object
  /** DID documents as they were kept, of the service provider and of authorities on the web. Nothing is fetched. */
  readonly documents?: readonly unknown[]
}

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

export type ReceiptVerdict = VerifiedReceipt | Refused

/** As `verifyReceipt` of `procura/verifier` says. */
export async function openReceipt(token: unknown, options: VerifyReceiptOptions): Promise<ReceiptVerdict> {
  const trusted = readOptions(options)
  if (typeof token !== 'string') return refuse('malformed', { dimension: 'receipt' })
  const jws = parseCompactJws(token, RECEIPT_TYPE, MAX_RECEIPT_BYTES)
  if (!jws.verified) return jws
  const receipt = parseReceipt(jws.value.payload)
  if (!receipt.verified) return receipt
  const signed = await checkSigner(jws.value, receipt.value, trusted)
  return signed.verified ? verifyContent(receipt.value, trusted.documents) : signed
}

interface Trusted {
  readonly did: string | undefined
  readonly key: PublicKey | undefined
  readonly documents: ReadonlyMap<string, Json>
}

/** Whoever names nobody would believe anybody. */
function readOptions({ did, key, documents = [] }: VerifyReceiptOptions): Trusted {
  if ((did === undefined) === (key === undefined)) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'say whose receipt it has to be: the DID of the service provider, or its public key as a JWK',
    )
  }
  return { did, key: key === undefined ? undefined : readKey(key), documents: givenDocuments(documents) }
}

function readKey(jwk: object): PublicKey {
  const key = parsePublicJwk({ ...jwk })
  if (key.verified) return key.value
  throw new ProcuraError('ERR_PROCURA_INVALID_KEY', 'key must be a public JWK, Ed25519 or P-256')
}

async function checkSigner(
  jws: CompactJws,
  { issuer, decidedAt }: Receipt,
  { did, key, documents }: Trusted,
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
    return refuse('malformed', { dimension: 'chainDigest' })
  const chain = await parseChain(receipt.chain)
  if (!chain.verified) return chain
  const resolver = receiptResolver({ documents, now: receipt.decidedAt, receipt, root: chain.value[0] })
  const opened = await openChain(chain.value, { resolver })
  if (!opened.verified) return opened
  const proven = await provePresented(receipt, opened.value, resolver)
  if (!proven.verified) return proven
  const refused = receipt.refusal === undefined ? refuseAccepted(receipt, chain.value) : undefined
  return refused ?? describe(receipt, opened.value, proven.value.method, documents)
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
    ...(identifier === undefined ? {} : { identifier }),
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
    ...(refusal === undefined ? {} : { refusal }),
    ...describeChain(chain),
    serviceProvider: issuer,
    decidedAt,
    audience,
    target,
    ...(method === undefined ? {} : { method }),
    ask,
    presentedAs: presented.type,
    status,
    policyDigest,
    proven: FACTS.filter((fact) => !stated.has(fact)),
    stated: FACTS.filter((fact) => stated.has(fact)),
  }
}
