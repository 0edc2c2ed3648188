import type { Fetch } from '../../src/core/clock.ts'
import type { Mechanism } from '../../src/model/chain.ts'
import type { DerivedSubject, OwnerCredential } from '../../src/model/credential.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import { emergencyUrl } from '../../src/status/layout.ts'
import { signEmergency } from '../../src/status/sign-emergency.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { Ask } from '../../src/verifier/presentation.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, mailGrant, NOW, readLink, requestOf, type World } from './world.ts'

const MINUTE = 60_000

/**
 * What a sub-agent presents, and to whom, before it is signed: accepted as it is. Tests change what is to be refused;
 * several changes do not touch each other.
 */
export interface Draft {
  options: Partial<VerifierOptions>
  /** Added to the trust entry of the world's authority. */
  limits: Partial<TrustEntry>
  isTrusted: boolean
  ownerSubject: Partial<OwnerCredential['subject']>
  owner: Partial<OwnerCredential>
  rootMechanism: Mechanism
  subAgent: Partial<DerivedSubject>
  hasStatus: boolean
  texts: ((texts: readonly string[]) => readonly string[])[]
  field: ((field: string) => string)[]
  ask: Ask
  /** A token instead of a request that is signed. */
  isToken: boolean
  isOwnerInPerson: boolean
  /** How long before it is verified it is signed, in milliseconds. */
  signedBefore: number
  /** Whose emergency list names the authority. */
  isListed: boolean
  /** How long after the status was looked at, in milliseconds. */
  later: number
  /** Before the verdict that counts. */
  before: (verifier: Verifier, request: PresentedRequest) => Promise<unknown>
  isSynced: boolean
}

export function newDraft(): Draft {
  return {
    options: {},
    limits: {},
    isTrusted: true,
    ownerSubject: {},
    owner: {},
    rootMechanism: 'vc+jwt',
    subAgent: {},
    hasStatus: true,
    texts: [],
    field: [],
    ask: { action: 'mail.read' },
    isToken: false,
    isOwnerInPerson: false,
    signedBefore: 0,
    later: 0,
    isListed: false,
    before: async () => undefined,
    isSynced: true,
  }
}

/** Signs what the draft says and verifies it. */
export async function verdictOn(draft: Draft, world: World): Promise<PresentationVerdict> {
  world.now = NOW
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: draft.isTrusted ? [{ ...world.trust, ...draft.limits }] : [],
    freshness: { 'mail.send': 'critical', '*': 'sensitive' },
    fetch: draft.isListed ? listing(world) : world.site.fetch,
    clock: world.clock,
    ...draft.options,
  })
  if (draft.isSynced) await verifier.sync()
  if (draft.isListed) {
    world.now += MINUTE
    await verifier.sync()
  }
  const texts = draft.texts.reduce((before, change) => change(before), await textsOf(draft, world))
  world.now = NOW + draft.later
  const request = draft.isToken
    ? await tokenRequest(texts, draft, world)
    : await signedRequest(texts, draft, world)
  await draft.before(verifier, request)
  return verifier.verify(request, draft.ask)
}

/** The site with an emergency list that no head commits to: whoever looks at a late head asks for it. */
function listing(world: World): Fetch {
  const claims = { issuer: world.authority.did, seq: 1, iatMs: NOW, keys: [], owners: [], authority: true }
  const { signer } = world.authority
  return async (input, init) =>
    String(input) === emergencyUrl(world.site.base)
      ? new Response(await signEmergency(claims, (jws) => signCompactJws({ ...jws, signer })))
      : world.site.fetch(input, init)
}

async function textsOf(draft: Draft, world: World): Promise<readonly string[]> {
  const base = world.ownerCredential(draft.owner)
  const owner = { ...base, subject: { ...base.subject, ...draft.ownerSubject } }
  const root = await world.sign(owner, world.authority.signer, draft.rootMechanism)
  if (draft.isOwnerInPerson) return [root]
  const agent = await world.sign(world.agentCredential({ allowStatusless: true }), world.owner.signer)
  const { status, ...derived } = world.derivedCredential(await readLink(agent), draft.subAgent)
  const last = status !== undefined && draft.hasStatus ? { ...derived, status } : derived
  return [root, agent, await world.sign(last, world.agent.signer)]
}

function presenterOf({ isOwnerInPerson }: Draft, { owner, subAgent }: World) {
  return (isOwnerInPerson ? owner : subAgent).signer
}

async function signedRequest(
  texts: readonly string[],
  draft: Draft,
  world: World,
): Promise<PresentedRequest> {
  const signer = presenterOf(draft, world)
  const request = await world.present(texts, { signer, at: world.now - draft.signedBefore })
  const field = draft.field.reduce(
    (before, change) => change(before),
    request.header('agent-delegation') ?? '',
  )
  return { ...request, header: (name) => (name === 'agent-delegation' ? field : request.header(name)) }
}

async function tokenRequest(texts: readonly string[], draft: Draft, world: World): Promise<PresentedRequest> {
  const signer = presenterOf(draft, world)
  const token = await world.token(texts, { signer, now: world.now - draft.signedBefore })
  return requestOf('GET', '/inbox', { authorization: `Bearer ${token}` })
}

/** The same chain under a signature of the last link that does not verify. */
export function forged(texts: readonly string[]): readonly string[] {
  const [header, payload, signature = ''] = (texts.at(-1) ?? '').split('.')
  const other = signature[9] === 'A' ? 'B' : 'A'
  return [
    ...texts.slice(0, -1),
    [header, payload, signature.slice(0, 9) + other + signature.slice(10)].join('.'),
  ]
}

/** What the sub-agent's parent does not grant. */
export const BEYOND_PARENT: Partial<DerivedSubject> = {
  authorizationDetails: [mailGrant({ actions: ['mail.read', 'mail.purge'] })],
}
