import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { openLink } from '../delegation/open-link.ts'
import { parseChain } from '../delegation/parse-chain.ts'
import { parseLink } from '../delegation/parse-link.ts'
import { checkAttenuation, checkValidity } from '../delegation/verify-chain.ts'
import { lastLink, type ParsedChain } from '../model/chain.ts'
import { accept, atLink, refuse, type Verdict } from '../refusal.ts'
import { anyForm, type IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { type Outcome, refused } from './outcome.ts'
import type { WriteContext } from './ports.ts'
import type { Run } from './records.ts'
import { pairOfUrl } from './status-address.ts'

/** A link ≥ 2 to be registered, and what it hangs on. */
export interface RunRequest {
  /** The delegation of the caller, under which the run stands. */
  readonly delegation: IssuedCredential
  /** Link 1 first, the credential that is registered last. */
  readonly tokens: readonly string[]
}

/**
 * Registers a link ≥ 2 that an agent signed (docs/spec/09-api.md): verified as a service provider would, but for the
 * presentation, and placed under its parent. The service never signs it.
 *
 * @returns `chain_refused` with the verifier's refusal; positions count from the owner's credential = 0.
 */
export async function registerRun(
  issuer: Issuer,
  request: RunRequest,
  context: WriteContext,
): Promise<Outcome<Run>> {
  const chain = await verifyRunChain(issuer, request)
  if (!chain.verified) return refused({ code: 'chain_refused', refusal: chain.refusal })
  const ended = await hasEndedAncestor(issuer, request.delegation, chain.value)
  if (ended) return refused({ code: 'conflict', reason: 'run_ended' })
  const run = toRun(issuer, request, chain.value)
  if (!run.verified) return refused({ code: 'chain_refused', refusal: run.refusal })
  return await issuer.store.registerRun(run.value, context)
}

async function verifyRunChain(issuer: Issuer, request: RunRequest): Promise<Verdict<ParsedChain>> {
  const chain = await readShownChain(issuer, request)
  if (!chain.verified) return chain
  const valid = checkValidity(chain.value, issuer.clock(), CLOCK_SKEW_MS)
  return valid.verified ? await openShownChain(issuer, chain.value) : valid
}

/**
 * What was shown of a chain, joined to the owner's credential as the service holds it: that of the key which link 1 was issued
 * with, the present one or an earlier one in its grace, as at a verifier. Its signatures are to be checked yet.
 */
export async function readShownChain(
  { store }: Issuer,
  { delegation, tokens }: RunRequest,
): Promise<Verdict<ParsedChain>> {
  const owners = await store.ownerCredentials(delegation.tenant, delegation.ownerId)
  const chain = await parseChain([await textAbove(owners, tokens[0] ?? ''), ...tokens])
  if (!chain.verified || chain.value[1]?.credential.id === delegation.id) return chain
  return refuse('chain_broken', { link: 1, dimension: 'id' })
}

/** The owner's credential whose subject issued link 1; where there is none, the newest: that the two do not join is said then. */
async function textAbove(owners: readonly IssuedCredential[], token: string): Promise<string> {
  const [newest = '', ...others] = owners.map((owner) => anyForm(owner) ?? '')
  const first = await parseLink(token)
  for (const text of others) {
    const owner = await parseLink(text)
    const isAbove =
      owner.verified && first.verified && owner.value.credential.subject.id === first.value.credential.issuer
    if (isAbove) return text
  }
  return newest
}

/**
 * Attenuation and signatures, at whatever time. One link after the other: anybody may write whatever they like below a link that they
 * cannot sign, and nothing there shall cost anything.
 */
export async function openShownChain(issuer: Issuer, chain: ParsedChain): Promise<Verdict<ParsedChain>> {
  const attenuated = checkAttenuation(chain)
  if (!attenuated.verified) return attenuated
  for (const [position, link] of chain.entries()) {
    const opened = await openLink(link, { resolver: issuer.resolver })
    if (!opened.verified) return atLink(opened, position)
  }
  return accept(chain)
}

/** A sub-agent or run above that has ended takes everything below with it, whether its bit is looked at or not. */
async function hasEndedAncestor(
  { store }: Issuer,
  { tenant, id }: IssuedCredential,
  chain: ParsedChain,
): Promise<boolean> {
  const between = chain.slice(2, -1)
  const runs = await Promise.all(between.map(({ credential }) => store.run(tenant, credential.id)))
  return runs.some((run) => run?.delegationId === id && run.state !== 'active')
}

function toRun({ origin, clock }: Issuer, { delegation }: RunRequest, chain: ParsedChain): Verdict<Run> {
  const link = chain.length - 1
  const { id, status, subject, validUntil } = lastLink(chain).credential
  if (!('parent' in subject)) return refuse('chain_broken', { link, dimension: 'credentialSubject.kind' })
  if (status === undefined) return refuse('status_missing', { link, dimension: 'credentialStatus' })
  const list = pairOfUrl(origin, delegation.tenant, status.revocation)
  if (list === undefined) return refuse('status_invalid', { link, dimension: 'credentialStatus' })
  return accept({
    tenant: delegation.tenant,
    id,
    kind: subject.kind,
    ...(subject.name !== undefined && { name: subject.name }),
    delegationId: delegation.id,
    parentId: subject.parent.id,
    subject: subject.id,
    position: { list, index: status.index },
    lineage: { ...subject.lineage },
    state: 'active',
    validUntil,
    createdAt: clock(),
  })
}
