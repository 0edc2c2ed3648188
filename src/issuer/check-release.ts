import type { DidResolver } from '../did/resolve-did.ts'
import type { Did } from '../model/did.ts'
import { parseCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { HEAD_TYP, type Head, MAX_HEAD_BYTES, openHead, parseHead } from '../status/head.ts'
import type { Leaf } from '../status/leaf-table.ts'
import { openStatusList, type StatusList } from '../status/open-status-list.ts'
import { openTokenStatusList, type TokenStatusList } from '../status/open-token-status-list.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import { keepsBits } from './build-list.ts'
import type { PublishedHead, PublishedList, PublishedMirror } from './published-status.ts'

/**
 * Why a target is not written to, whatever is tried again. `target_ahead`: it shows something newer than the registry has, so the
 * registry is an old copy; `target_forked`: it shows another status of the same number, so two registries sign with one key;
 * `target_foreign`: it shows the status of somebody else; `check_failed`: what would be released does not read as it must.
 */
export type ReleaseFault = 'target_ahead' | 'target_forked' | 'target_foreign' | 'check_failed'

export interface Refused {
  readonly fault: ReleaseFault
  /** URL of the list concerned. */
  readonly list?: string
  /** Which rule it breaks: `signature`, `validUntil`, `cleared` … */
  readonly rule?: string
}

/** Whose signatures count. */
export interface ReleaseTrust {
  readonly statusIssuer: Did
  readonly resolver: DidResolver
}

/** Opens what was signed at any time. */
function whenever(trust: ReleaseTrust): StatusTrust {
  return { ...trust, now: 0, skewMs: Number.POSITIVE_INFINITY }
}

/** Compares the head that a target shows with the one to be released. Text that nobody signed is not minded: it is replaced. */
export async function compareHeads(
  shown: string,
  next: PublishedHead,
  trust: ReleaseTrust,
): Promise<Refused | Head | undefined> {
  const opened = await openHead(shown, whenever(trust))
  if (!opened.verified) return isForeign(shown, trust) ? { fault: 'target_foreign' } : undefined
  const { seq, token: jwt } = opened.value
  const fault = wayBack({ seq, jwt }, next)
  return fault === undefined ? opened.value : { fault }
}

/** A registry can fall back while the service runs, as when a standby takes over that has not heard of everything. */
export function wayBack(
  shown: Pick<PublishedHead, 'seq' | 'jwt'>,
  next: Pick<PublishedHead, 'seq' | 'jwt'>,
): ReleaseFault | undefined {
  if (shown.seq > next.seq) return 'target_ahead'
  return shown.seq === next.seq && shown.jwt !== next.jwt ? 'target_forked' : undefined
}

function isForeign(text: string, { statusIssuer }: ReleaseTrust): boolean {
  const jws = parseCompactJws(text, HEAD_TYP, MAX_HEAD_BYTES)
  const claims = jws.verified ? parseHead(jws.value.payload) : jws
  return claims.verified && claims.value.statusIssuer !== statusIssuer
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
  const held =
    shown === undefined ? undefined : await openStatusList(shown, { ...expected, ...whenever(trust) })
  if (held?.verified !== true) return { opened: opened.value, isShown: false }
  const fault = faultAgainst(held.value, opened.value)
  return fault ?? { opened: opened.value, isShown: held.value.version === opened.value.version }
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
): Promise<Refused | TokenStatusList> {
  const opened = await openTokenStatusList(jwt, { ...trust, url })
  if (!opened.verified) {
    return { fault: 'check_failed', list: url, rule: opened.refusal.dimension ?? opened.refusal.code }
  }
  const held = shown === undefined ? undefined : await openTokenStatusList(shown, { ...whenever(trust), url })
  const isBehind = held?.verified === true && held.value.issuedAt > opened.value.issuedAt
  return isBehind ? { fault: 'target_ahead', list: url } : opened.value
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
