import { createVerifier, type Verifier } from '../../../dist/verifier/index.js'
import { systemRandom } from '../../../src/core/clock.ts'
import type { DelegationWithOwner } from '../../../src/issuer/issue-delegation.ts'
import { anyForm } from '../../../src/issuer/issued-credential.ts'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import { StatusPublication } from '../../../src/issuer/publish-status.ts'
import type { Tenant } from '../../../src/issuer/records.ts'
import { parseListName, statusBase } from '../../../src/issuer/status-address.ts'
import { formatAgentDelegation } from '../../../src/securing/http-signature/agent-delegation.ts'
import { AGENT_DELEGATION_PROFILE } from '../../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../../src/securing/http-signature/sign.ts'
import type { Person } from '../../helpers/world.ts'
import { ASK, AUDIENCE } from '../verify/world.ts'
import {
  addGrantee,
  addOwner,
  adminContext,
  type BenchPlace,
  type Grantee,
  granted,
  issueTo,
  openIssuer,
} from './issuer.ts'

/** The chain that was released. */
export function chainOf({ owner, delegation }: DelegationWithOwner): readonly [string, string] {
  return [anyForm(owner) ?? '', anyForm(delegation) ?? '']
}

/**
 * Proves an issuer before it is timed: what it issued is accepted after its store was opened anew; what was revoked, and
 * what somebody else signed, is refused.
 *
 * @throws {Error} when it is otherwise.
 */
export async function proveIssuer(place: BenchPlace): Promise<void> {
  const [good, bad] = await issueTwo(place)
  const opened = await openIssuer(place)
  const { issuer, tenant } = opened
  try {
    for (const { issued } of [good, bad])
      assertKept(issued, await issuer.store.credential(tenant.id, issued.delegation.id))
    granted(await issuer.store.revokeDelegation(bad.issued.delegation.id, 'left', adminContext(place)))
    await publish(new StatusPublication(issuer, tenant))
    const verifier = await followingVerifier(place, storedStatus(issuer, tenant))
    await expectAnswer(verifier, { texts: chainOf(good.issued), person: good.person }, 'verified')
    await expectAnswer(verifier, { texts: chainOf(bad.issued), person: bad.person }, 'revoked')
    const [root, link] = chainOf(good.issued)
    await expectAnswer(verifier, { texts: [root, forge(link)], person: good.person }, 'signature_invalid')
  } finally {
    await opened.close()
  }
}

async function issueTwo(place: BenchPlace): Promise<readonly [Issued, Issued]> {
  const opened = await openIssuer(place)
  const { issuer, tenant } = opened
  try {
    const owner = await addOwner(issuer, tenant, place)
    const issue = async (): Promise<Issued> => {
      const grantee: Grantee = await addGrantee(issuer, { tenant, owner }, place)
      return { issued: await issueTo(issuer, place, grantee), person: grantee.person }
    }
    return [await issue(), await issue()]
  } finally {
    await opened.close()
  }
}

interface Issued {
  readonly issued: DelegationWithOwner
  readonly person: Person
}

function assertKept(issued: DelegationWithOwner, held: DelegationWithOwner['delegation'] | undefined): void {
  if (held === undefined || anyForm(held) !== anyForm(issued.delegation))
    throw new Error('what was issued is gone, or another, after the store was opened anew')
}

/** Publishes once what is to be published. @throws {Error} when that fails. */
export async function publish(publication: StatusPublication): Promise<void> {
  const outcome = await publication.publish()
  if (!outcome.published) throw new Error(`the status is not published: ${JSON.stringify(outcome)}`)
}

/** What a verifier is asked: a chain, and who presents it. */
export interface Presented {
  readonly texts: readonly string[]
  readonly person: Person
  /** When, in milliseconds since 1970. Default: now. */
  readonly at?: number
}

/** `verified`, or the code of the refusal. */
export async function answerOf(
  verifier: Verifier,
  { texts, person, at = Date.now() }: Presented,
): Promise<string> {
  const headers = { 'agent-delegation': formatAgentDelegation(texts) }
  const signed = await signRequest({
    profile: AGENT_DELEGATION_PROFILE,
    method: 'POST',
    targetUri: new URL('/payments', AUDIENCE).href,
    headers,
    signer: person.signer,
    now: at,
    random: systemRandom,
  })
  const fields = new Map(Object.entries({ ...headers, ...signed }))
  const verdict = await verifier.verify(
    { method: 'POST', target: '/payments', header: (name) => fields.get(name) },
    ASK,
  )
  return verdict.verified ? 'verified' : verdict.refusal.code
}

export async function expectAnswer(
  verifier: Verifier,
  presented: Presented,
  expected: string,
): Promise<void> {
  const answer = await answerOf(verifier, presented)
  if (answer !== expected) throw new Error(`the verifier answers ${answer} and not ${expected}`)
}

/** A verifier that trusts the issuer and has its status. @param fetch Default: over the network. */
export async function followingVerifier(
  { initialized }: BenchPlace,
  fetch?: typeof globalThis.fetch,
): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [initialized.trust],
    freshness: { '*': 'sensitive' },
    ...(fetch !== undefined && { fetch }),
  })
  await verifier.sync()
  return verifier
}

/** The published status as the service would serve it, straight from the store. */
function storedStatus({ store, origin }: Issuer, { id }: Tenant): typeof globalThis.fetch {
  const base = `${statusBase(origin, id)}/`
  const read = async (path: string): Promise<string | undefined> => {
    const [name = '', second] = path.split('/')
    if (name === 'head') return (await store.publishedHead(id))?.jwt
    if (name === 'leaves') return await store.leafTable(id, second ?? '')
    const list = parseListName(name)
    return list && (await store.publishedList(id, list.list, list.purpose))?.jwt
  }
  return async (input) => new Response((await read(String(input).slice(base.length))) ?? null)
}

/** Another signature of the same length. */
export function forge(token: string): string {
  const dot = token.lastIndexOf('.') + 1
  return token.slice(0, dot) + (token[dot] === 'A' ? 'B' : 'A') + token.slice(dot + 1)
}
