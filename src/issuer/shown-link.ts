import { parseLink } from '../delegation/parse-link.ts'
import { lastLink, type ParsedChain } from '../model/chain.ts'
import type { Did } from '../model/did.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import type { IssuedCredential, StatusPosition } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import type { AssertedLink } from './records.ts'
import { openShownChain, readShownChain } from './register-run.ts'
import { pairOfUrl } from './status-address.ts'

/** A link ≥ 2, registered or not, that somebody who stands in its chain has shown. */
export interface ShownLink {
  readonly tenant: string
  readonly asserted: AssertedLink
  /** To which the index is leased. */
  readonly delegation: IssuedCredential
  readonly position: StatusPosition
}

/**
 * Reads a chain as evidence for ending its last link (docs/spec/08-lifecycle.md "Who may revoke a link"): genuine, joined and
 * attenuated like any other, but of any time, since what has expired may be revoked too. Signatures are checked only once it is
 * clear that `did` stands in it. A delegation that was revoked is no evidence: what is below it is dead, and its key may be in
 * other hands.
 *
 * @param tokens Link 1 first.
 * @param did Who shows it: the subject of the last link, or of one above it; the agent also with its newest key.
 * @returns `key_not_authorized` for anybody else; `untrusted_authority` when link 1 is none of this service, `revoked` when it was.
 */
export async function findShownLink(
  issuer: Issuer,
  tokens: readonly string[],
  did: Did,
): Promise<Verdict<ShownLink>> {
  const shown = await findAbove(issuer, tokens)
  if (shown === undefined) return refuse('untrusted_authority', { link: 1 })
  if (shown.delegation.state === 'revoked') return refuse('revoked', { link: 1 })
  const chain = await readShownChain(issuer, shown)
  if (!chain.verified) return chain
  const link = chain.value.length - 1
  if (!(await standsIn(issuer, chain.value, shown.delegation, did))) {
    return refuse('key_not_authorized', { link })
  }
  const opened = await openShownChain(issuer, chain.value)
  if (!opened.verified) return opened
  const { id, status, subject } = lastLink(opened.value).credential
  const { tenant } = shown.delegation
  const list = status && pairOfUrl(issuer.origin, tenant, status.revocation)
  if (status === undefined || list === undefined || !('parent' in subject))
    return refuse('status_missing', { link })
  const { kind, name } = subject
  const asserted = { id, kind, ...(name !== undefined && { name }), subject: subject.id }
  return accept({ tenant, asserted, delegation: shown.delegation, position: { list, index: status.index } })
}

/** What the registry has of link 1: it says itself whose it is, which its signature has to prove later. */
async function findAbove({ store }: Issuer, tokens: readonly string[]) {
  const first = await parseLink(tokens[0] ?? '')
  if (!first.verified || !('tenant' in first.value.credential.subject)) return undefined
  const { id, subject } = first.value.credential
  const delegation = await store.credential(subject.tenant, id)
  if (delegation?.kind !== 'agent') return undefined
  return { delegation, tokens }
}

async function standsIn(
  { store }: Issuer,
  [, ...links]: ParsedChain,
  { tenant, agentId = '' }: IssuedCredential,
  did: Did,
): Promise<boolean> {
  if (links.some(({ credential }) => credential.subject.id === did)) return true
  const agent = await store.agent(tenant, agentId)
  return agent?.did === did && agent.state === 'active'
}
