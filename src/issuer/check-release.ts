import type { DidResolver } from '../did/resolve-did.ts'
import { type Did, type DidUrl, parseDidUrl } from '../model/did.ts'
import { parseCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { VC_JWT_TYPE } from '../securing/vc-jose/parse-vc-jwt.ts'
import { openEmergency } from '../status/emergency.ts'
import { HEAD_TYP, MAX_HEAD_BYTES, openHead, parseHead } from '../status/head.ts'
import type { Leaf } from '../status/leaf-table.ts'
import { openStatusList, type StatusList } from '../status/open-status-list.ts'
import { openTokenStatusList, TOKEN_STATUS_LIST_TYP } from '../status/open-token-status-list.ts'
import { WHENEVER } from '../status/status-jws.ts'
import { MAX_STATUS_LIST_BYTES } from '../status/status-list-credential.ts'
import { keepsBits } from './build-list.ts'
import type { PublishedEmergency } from './emergency-store.ts'
import type { PublishedHead, PublishedList, PublishedMirror } from './published-status.ts'

/**
 * Why a target is not written to, whatever is tried again. `target_ahead`: it shows something newer than the registry has, so the
 * registry is an old copy; `target_forked`: it shows another status of the same number, so two registries sign with one key;
 * `target_key_unknown`: it claims as much by a key that the registry never had, which nothing proves or disproves; `target_foreign`: it
 * shows the status of somebody else; `check_failed`: what would be released does not read as it must.
 */
export type ReleaseFault =
  | 'target_ahead'
  | 'target_forked'
  | 'target_key_unknown'
  | 'target_foreign'
  | 'check_failed'

export interface Refused {
  readonly fault: ReleaseFault
  /** URL of the list concerned. */
  readonly list?: string
  /** Which rule it breaks: `signature`, `validUntil`, `cleared` … */
  readonly rule?: string
}

/** Whose signatures count. */
export interface ReleaseTrust {
  readonly authority: Did
  readonly statusIssuer: Did
  readonly resolver: DidResolver
  /** Whether the registry has, or had, a key of the status issuer by this name. */
  readonly knows: (keyId: DidUrl) => Promise<boolean>
}

/**
 * Compares the head that a target shows with the one to be released. Text that nobody signed is not minded: it is replaced; so is a head
 * by an unknown key that does not even claim to be newer.
 */
export async function compareHeads(
  shown: string,
  next: PublishedHead,
  trust: ReleaseTrust,
): Promise<ReleaseFault | undefined> {
  const opened = await openHead(shown, { ...trust, ...WHENEVER })
  if (!opened.verified) {
    const fault = await faultOfUnverified(shown, HEAD, trust)
    return fault === 'target_key_unknown' && claimedSeq(shown) <= next.seq ? undefined : fault
  }
  const { seq, token: jwt } = opened.value
  return wayBack({ seq, jwt }, next)
}

function claimedSeq(shown: string): number {
  const jws = parseCompactJws(shown, HEAD_TYP, MAX_HEAD_BYTES)
  const claims = jws.verified ? parseHead(jws.value.payload) : jws
  return claims.verified ? claims.value.seq : 0
}

const HEAD = { typ: HEAD_TYP, maxBytes: MAX_HEAD_BYTES } as const
const LIST = { typ: VC_JWT_TYPE, maxBytes: MAX_STATUS_LIST_BYTES } as const
const MIRROR = { typ: TOKEN_STATUS_LIST_TYP, maxBytes: MAX_STATUS_LIST_BYTES } as const

/**
 * What the key that a text names says of it, where the text does not verify by the keys of the registry. No name is given twice and a
 * revoked key keeps its own, so a key of a `did:web` that was never heard of was made after the registry was copied, or by whoever
 * writes to the target. A `did:key` has one key, which is known (docs/decisions/0067-what-nobody-can-verify-is-no-proof.md).
 */
async function faultOfUnverified(
  shown: string,
  { typ, maxBytes }: typeof HEAD | typeof LIST | typeof MIRROR,
  { statusIssuer, knows }: ReleaseTrust,
): Promise<ReleaseFault | undefined> {
  const jws = parseCompactJws(shown, typ, maxBytes)
  if (!jws.verified) return undefined
  const { kid } = jws.value
  if (parseDidUrl(kid)?.did !== statusIssuer) return 'target_foreign'
  return statusIssuer.startsWith('did:key:') || (await knows(kid)) ? undefined : 'target_key_unknown'
}

/** A registry can fall back while the service runs, as when a standby takes over that has not heard of everything. */
export function wayBack(
  shown: Pick<PublishedHead, 'seq' | 'jwt'>,
  next: Pick<PublishedHead, 'seq' | 'jwt'>,
): ReleaseFault | undefined {
  if (shown.seq > next.seq) return 'target_ahead'
  return shown.seq === next.seq && shown.jwt !== next.jwt ? 'target_forked' : undefined
}

/** Checks the head before its release: it verifies and says what the registry says of it. */
export async function checkHead(
  { jwt, seq, root }: PublishedHead,
  trust: ReleaseTrust,
  now: number,
): Promise<Refused | undefined> {
  const opened = await openHead(jwt, { ...trust, now })
  const isRight = opened.verified && opened.value.seq === seq && opened.value.root === root
  return isRight ? undefined : { fault: 'check_failed', rule: 'head' }
}

/** A list to be released, and the `vc+jwt` of it that the target shows. */
export interface ListRelease {
  readonly leaf: Leaf
  readonly published: PublishedList
  readonly shown: string | undefined
}

/** What a check says of a list: how the released one reads, and whether the target shows it already. */
export interface CheckedList {
  readonly opened: StatusList
  readonly isShown: boolean
}

/**
 * Checks a list before its release (docs/spec/05-status.md "Publishing"): every form verifies and is what the head commits to;
 * it is newer than the one that the target shows and clears no revocation.
 */
export async function checkList(
  { leaf, published, shown }: ListRelease,
  trust: ReleaseTrust,
  now: number,
): Promise<Refused | CheckedList> {
  const { list: url } = leaf
  const expected = { ...trust, now, url, purpose: published.purpose }
  const failed = (rule: string): Refused => ({ fault: 'check_failed', list: url, rule })
  const opened = await openStatusList(published.jwt, expected)
  if (!opened.verified) return failed(opened.refusal.dimension ?? opened.refusal.code)
  if (!isCommitted(opened.value, leaf)) return failed('leaf')
  if (published.vc !== undefined) {
    const vc = await openStatusList(published.vc, expected)
    if (!vc.verified) return failed(vc.refusal.dimension ?? vc.refusal.code)
    if (!isCommitted(vc.value, leaf)) return failed('leaf')
  }
  if (shown === undefined) return { opened: opened.value, isShown: false }
  const held = await openStatusList(shown, { ...expected, ...WHENEVER })
  if (!held.verified) {
    const fault = await faultOfUnverified(shown, LIST, trust)
    return fault === undefined ? { opened: opened.value, isShown: false } : { fault, list: url }
  }
  return (
    faultAgainst(held.value, opened.value) ?? {
      opened: opened.value,
      isShown: held.value.version === opened.value.version,
    }
  )
}

function isCommitted({ version, bitsDigest }: StatusList, leaf: Leaf): boolean {
  return version === leaf.version && bitsDigest === leaf.digest
}

function faultAgainst(held: StatusList, next: StatusList): Refused | undefined {
  const { url: list } = next
  if (held.version > next.version) return { fault: 'target_ahead', list }
  if (held.version === next.version && held.bitsDigest !== next.bitsDigest)
    return { fault: 'target_forked', list }
  return next.purpose === 'revocation' && !keepsBits(held.bits, next.bits)
    ? { fault: 'check_failed', list, rule: 'cleared' }
    : undefined
}

/** Checks the Token Status List of a pair in the same way. */
export async function checkMirror(
  { jwt }: PublishedMirror,
  { url, shown }: { readonly url: string; readonly shown: string | undefined },
  trust: ReleaseTrust & { readonly now: number },
): Promise<Refused | undefined> {
  const opened = await openTokenStatusList(jwt, { ...trust, url })
  if (!opened.verified) {
    return { fault: 'check_failed', list: url, rule: opened.refusal.dimension ?? opened.refusal.code }
  }
  if (shown === undefined) return undefined
  const held = await openTokenStatusList(shown, { ...trust, ...WHENEVER, url })
  const isAhead = held.verified && held.value.issuedAt > opened.value.issuedAt
  const fault = isAhead
    ? 'target_ahead'
    : held.verified
      ? undefined
      : await faultOfUnverified(shown, MIRROR, trust)
  return fault && { fault, list: url }
}

/** Checks the emergency list: the authority signed it, and the target shows none that is newer. */
export async function checkEmergency(
  { jwt, digest, seq }: PublishedEmergency,
  shown: string | undefined,
  trust: ReleaseTrust & { readonly now: number },
): Promise<Refused | undefined> {
  const opened = await openEmergency(jwt, trust)
  if (!opened.verified || opened.value.digest !== digest) return { fault: 'check_failed', rule: 'emergency' }
  const held = shown === undefined ? undefined : await openEmergency(shown, { ...trust, ...WHENEVER })
  if (held?.verified !== true || held.value.digest === digest) return undefined
  if (held.value.seq < seq) return undefined
  return { fault: held.value.seq > seq ? 'target_ahead' : 'target_forked', rule: 'emergency' }
}

/** Leaves a publication whose release was refused. */
export class ReleaseRefused extends Error {
  override readonly name = 'ReleaseRefused'
  readonly refusal: Refused

  constructor(refusal: Refused) {
    super(refusal.fault)
    this.refusal = refusal
  }
}

/** Leaves a publication that something else went past; to be looked at anew. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}
