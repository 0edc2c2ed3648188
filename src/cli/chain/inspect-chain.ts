import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { joinChain } from '../../delegation/join-chain.ts'
import { openLink } from '../../delegation/open-link.ts'
import { parseLink } from '../../delegation/parse-link.ts'
import { checkAttenuation } from '../../delegation/verify-chain.ts'
import { createDidResolver } from '../../did/resolve-did.ts'
import type { ParsedLink } from '../../model/chain.ts'
import { accept, type Refusal, refuse, type Verdict } from '../../refusal.ts'
import type { StatusReading } from '../../status/status-view.ts'
import type { FollowedStatus } from '../status/follow-status.ts'
import type { Trust } from '../trust-file.ts'

/** What was found out about one token. */
export interface InspectedLink {
  /** The credential, as far as it can be read. */
  readonly link: Verdict<ParsedLink>
  /** Whether its issuer signed it. */
  readonly signature: Verdict<unknown>
  readonly window: 'not_yet_valid' | 'valid' | 'expired'
  /** Absent when nobody asked, or the credential has no status. */
  readonly status?: Verdict<StatusReading>
  /** Whether the emergency list of the authority names it, or whoever it speaks of. */
  readonly isListed: boolean
}

export interface Inspection {
  readonly links: readonly InspectedLink[]
  /** Whether the links join and none grants more than its parent; absent for a part of a chain. */
  readonly joining?: Verdict<void>
  /** Whether the authority is trusted; absent when nobody asked. */
  readonly trusted?: boolean
}

export interface InspectOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly trust?: Trust
  readonly status?: FollowedStatus
}

/**
 * Looks at every token by itself and at all of them as a chain. Unlike a verifier it does not stop at the first
 * fault, and knows no request: it explains, it does not decide.
 */
export async function inspectChain(tokens: readonly string[], options: InspectOptions): Promise<Inspection> {
  const parsed = await Promise.all(tokens.map(parseLink))
  const authority = authorityOf(parsed, options.trust)
  const resolver = options.status?.resolvers.get(authority ?? '') ?? createDidResolver()
  const links: InspectedLink[] = []
  for (const link of parsed) {
    const status = statusOf(link, authority, options)
    links.push({
      link,
      signature: link.verified ? await openLink(link.value, { resolver }) : link,
      window: windowOf(link, options.now),
      isListed: isListed(link, authority, options),
      ...(status === undefined ? {} : { status }),
    })
  }
  const joining = joiningOf(parsed)
  const trusted = authority === undefined ? undefined : options.trust?.has(authority)
  return {
    links,
    ...(joining === undefined ? {} : { joining }),
    ...(trusted === undefined ? {} : { trusted }),
  }
}

/** Every refusal that a verifier would meet, whatever is asked. */
export function faultsOf({ links, joining, trusted }: Inspection): readonly Refusal[] {
  const faults = links.flatMap((link, position) => linkFaults(link, position))
  if (joining?.verified === false) faults.push(joining.refusal)
  if (trusted === false) faults.push({ code: 'untrusted_authority', link: 0 })
  return faults
}

function linkFaults(
  { link, signature, window, status, isListed }: InspectedLink,
  position: number,
): Refusal[] {
  if (!link.verified) return [{ ...link.refusal, link: position }]
  const faults: Refusal[] = []
  if (!signature.verified) faults.push({ ...signature.refusal, link: position })
  if (isListed) faults.push({ code: 'revoked', link: position, dimension: 'emergency' })
  if (window !== 'valid') faults.push({ code: window, link: position })
  if (status?.verified === false) faults.push({ ...status.refusal, link: position })
  if (status?.verified && status.value.revoked) faults.push({ code: 'revoked', link: position })
  if (status?.verified && status.value.suspended) faults.push({ code: 'suspended', link: position })
  return faults
}

/** The authority of link 0; of a part without it, what link 1 says, or the only one that is trusted. */
function authorityOf([first]: readonly Verdict<ParsedLink>[], trust: Trust | undefined): string | undefined {
  const credential = first?.verified ? first.value.credential : undefined
  if (credential?.type === 'OwnerCredential') return credential.issuer
  if (credential?.subject.kind === 'Agent') return credential.subject.authority
  return trust?.size === 1 ? [...trust.keys()][0] : undefined
}

function statusOf(
  link: Verdict<ParsedLink>,
  authority: string | undefined,
  { now, trust, status: followed }: InspectOptions,
): Verdict<StatusReading> | undefined {
  const entry = authority === undefined ? undefined : trust?.get(authority)
  const status = link.verified ? link.value.credential.status : undefined
  if (followed === undefined || status === undefined) return undefined
  if (authority === undefined || entry === undefined)
    return refuse('status_unavailable', { dimension: 'trust' })
  const view = followed.syncs.get(authority)?.view
  return view?.read(status, entry.statusIssuer, now) ?? refuse('status_unavailable')
}

/** Each link is asked by itself, so that all that are listed are told. */
function isListed(
  link: Verdict<ParsedLink>,
  authority: string | undefined,
  { status }: InspectOptions,
): boolean {
  const sync = status?.syncs.get(authority ?? '')
  return link.verified && sync?.emergencyOf([link.value]) !== undefined
}

function windowOf(link: Verdict<ParsedLink>, now: number): InspectedLink['window'] {
  if (!link.verified) return 'valid'
  const { validFrom, validUntil } = link.value.credential
  if (validFrom > now + CLOCK_SKEW_MS) return 'not_yet_valid'
  return now - CLOCK_SKEW_MS < validUntil ? 'valid' : 'expired'
}

/** A part of a chain, such as link 1 alone, cannot be joined, which is no fault of it. */
function joiningOf(parsed: readonly Verdict<ParsedLink>[]): Verdict<void> | undefined {
  const links = parsed.flatMap((link) => (link.verified ? [link.value] : []))
  if (links.length < parsed.length || links[0]?.credential.type !== 'OwnerCredential') return undefined
  const joined = joinChain(links)
  if (!joined.verified) return joined
  const attenuated = checkAttenuation(joined.value)
  return attenuated.verified ? accept(undefined) : attenuated
}
