import type { Mechanism } from '../../src/model/chain.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import type { Signer } from '../../src/model/signer.ts'
import type { Verifier } from '../../src/verifier/create-verifier.ts'
import { mailGrant, readLink, requestOf, type World } from '../helpers/world.ts'

/** What is presented, as texts by name, each of which can be changed. */
export type Parts = Readonly<Record<string, string>>

/** What matters of a verdict: two that are alike here are one. */
export type Decision = Readonly<Record<string, unknown>> & { readonly verified: boolean }

/** A valid presentation, taken apart. */
export interface Specimen {
  readonly name: string
  readonly parts: Parts
  /** Puts the parts together and shows them. */
  decide(verifier: Verifier, parts: Parts): Promise<Decision>
}

const ASK = { action: 'mail.read' }
const CHALLENGE = 'a1b2c3d4e5f60718'

/** Mechanisms of the links, root first, by the name of the specimen. */
export const CHAINS: Readonly<Record<string, readonly [Mechanism, Mechanism, Mechanism] | undefined>> = {
  jwt: ['vc+jwt', 'vc+jwt', 'vc+jwt'],
  'sd-jwt': ['vc+sd-jwt', 'vc+sd-jwt', 'vc+sd-jwt'],
  jcs: ['eddsa-jcs-2022', 'eddsa-jcs-2022', 'eddsa-jcs-2022'],
  rdfc: ['eddsa-rdfc-2022', 'eddsa-rdfc-2022', 'eddsa-rdfc-2022'],
  mixed: ['vc+jwt', 'eddsa-jcs-2022', 'vc+sd-jwt'],
}

/** Owner → agent → sub-agent, of whom the agent holds an entry that nobody asks for. */
export async function specimenChain(world: World, name: string): Promise<readonly string[]> {
  const [root, first, last] = CHAINS[name] ?? ['vc+jwt', 'vc+jwt', 'vc+jwt']
  const grants = [mailGrant(), mailGrant({ actions: ['mail.list'] })]
  const owner = await world.sign(world.ownerCredential(), world.authority.signer, root)
  const credential = world.agentCredential({ authorizationDetails: grants })
  const agent = await world.sign(credential, world.owner.signer, first)
  const derived = world.derivedCredential(await readLink(agent))
  return [owner, agent, await world.sign(derived, world.agent.signer, last)]
}

/** A signed request: what stands in it that somebody between agent and service could change. */
export async function requestSpecimen(
  name: string,
  world: World,
  chain: readonly string[],
  body?: Uint8Array,
): Promise<Specimen> {
  const { signer } = world.subAgent
  const request = await world.present(chain, {
    signer,
    ...(body === undefined ? {} : { body, method: 'POST' }),
  })
  return {
    name: `request ${name}`,
    parts: partsOf(request),
    decide: async (verifier, parts) => facts(await verifier.verify(requestFrom(parts), ASK)),
  }
}

const FIELDS = ['agent-delegation', 'signature-input', 'signature', 'content-digest', 'content-type']

function partsOf({ method, target, header, body }: PresentedRequest): Parts {
  const fields = FIELDS.flatMap((name) => [[name, header(name)] as const]).filter(
    ([, value]) => value !== undefined,
  )
  return {
    method,
    target,
    ...Object.fromEntries(fields as [string, string][]),
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('latin1') }),
  }
}

function requestFrom({ method = '', target = '', body, ...fields }: Parts): PresentedRequest {
  return requestOf(
    method,
    target,
    fields,
    body === undefined ? undefined : new Uint8Array(Buffer.from(body, 'latin1')),
  )
}

export async function tokenSpecimen(name: string, world: World, chain: readonly string[]): Promise<Specimen> {
  const token = await world.token(chain, { signer: world.subAgent.signer })
  return {
    name: `token ${name}`,
    parts: { token },
    decide: async (verifier, parts) => facts(await verifier.verifyToken(parts.token ?? '', ASK)),
  }
}

export async function documentSpecimen(
  name: string,
  world: World,
  chain: readonly string[],
): Promise<Specimen> {
  const document = await world.document(chain, { signer: world.subAgent.signer, challenge: CHALLENGE })
  const options = { challenge: CHALLENGE }
  return {
    name: `document ${name}`,
    parts: { document: JSON.stringify(document) },
    decide: async (verifier, parts) =>
      facts(await verifier.verifyPresentation(parts.document ?? '', ASK, options)),
  }
}

/** A chain sent in advance, and a request that refers to it: both have to pass. */
export async function uploadSpecimen(
  name: string,
  world: World,
  chain: readonly string[],
): Promise<Specimen> {
  const { signer } = world.subAgent
  const upload = partsOf(await world.upload(chain, { signer }))
  const use = partsOf(await world.refer(chain, { signer }))
  const named = (prefix: string, parts: Parts) =>
    Object.fromEntries(Object.entries(parts).map(([part, value]) => [`${prefix}:${part}`, value]))
  const of = (prefix: string, parts: Parts) =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([part, value]) =>
        part.startsWith(`${prefix}:`) ? [[part.slice(prefix.length + 1), value] as const] : [],
      ),
    )
  return {
    name: `upload ${name}`,
    parts: { ...named('upload', upload), ...named('use', use) },
    decide: async (verifier, parts) => {
      const kept = await verifier.upload(requestFrom(of('upload', parts)))
      return facts(kept.verified ? await verifier.verify(requestFrom(of('use', parts)), ASK) : kept)
    },
  }
}

/**
 * A chain whose holder means harm: whatever becomes of its links, the request is signed anew by the presenter, so that
 * nothing but the links themselves can be at fault.
 */
export function chainSpecimen(name: string, world: World, chain: readonly string[]): Specimen {
  const { signer } = world.subAgent
  return {
    name: `chain ${name}`,
    parts: Object.fromEntries(chain.map((link, i) => [`link ${i}`, link])),
    decide: async (verifier, parts) => {
      const texts = Object.values(parts)
      return facts(await verifier.verify(await signAnyway(world, texts, signer), ASK))
    },
  }
}

/** What no signer of ours would sign is sent unsigned: it is read, and has to be refused, before any signature is looked at. */
async function signAnyway(world: World, texts: readonly string[], signer: Signer): Promise<PresentedRequest> {
  const field = texts
    .map((text) => (text.startsWith('{') ? `:${Buffer.from(text).toString('base64')}:` : `"${text}"`))
    .join(', ')
  try {
    return await world.present(texts, { field, signer })
  } catch {
    return requestOf('GET', '/inbox', { 'agent-delegation': field })
  }
}

/** Without what is about this one proof. */
function facts(verdict: object & { readonly verified: boolean }): Decision {
  const { recheckAt: _, ...rest } = { recheckAt: 0, ...verdict }
  return { ...rest, verified: verdict.verified }
}
