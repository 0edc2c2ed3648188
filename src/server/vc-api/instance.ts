import type { Clock, Fetch, Random } from '../../core/clock.ts'
import { createDidResolver, type DidResolver } from '../../did/resolve-did.ts'
import { type Did, parseDidUrl } from '../../model/did.ts'
import type { Signer } from '../../model/signer.ts'
import { createLocalSigner, generateKey } from '../../securing/vc-jose/local-signer.ts'
import type { Version } from '../../vcdm/context.ts'
import { Challenges } from './challenges.ts'
import { FORMS, type Form, keyTypeOfForm } from './forms.ts'
import { secureStatusList } from './secure.ts'
import { StatusLists } from './status-lists.ts'

/**
 * How an instance answers: as VCALM says, where a verification that fails is an answer like another, or as the public
 * test suites want it, where it is 400.
 */
export const MODES = ['vcalm', 'compatibility'] as const

export type Mode = (typeof MODES)[number]

/** An issuer, verifier and holder of its own, with keys that end with the process. */
export interface Instance {
  /** In its path: `/instances/eddsa-rdfc-2022/…`. */
  readonly name: Form
  readonly mode: Mode
  readonly did: Did
  readonly form: Form
  readonly signer: Signer
  readonly clock: Clock
  readonly random: Random
  readonly resolver: DidResolver
  readonly status: StatusLists
  readonly challenges: Challenges
  /** This and the other instances here, whose lists are known without being fetched. */
  readonly neighbours: readonly Instance[]
  /** Under which further addresses lists may be fetched. */
  readonly statusOrigins: readonly string[]
  readonly fetch: Fetch
}

export interface InstancesOptions {
  /** Scheme, host and port under which the world reaches them. */
  readonly origin: string
  readonly mode: Mode
  readonly clock: Clock
  readonly random: Random
  readonly statusOrigins: readonly string[]
  readonly fetch: Fetch
}

/** Versions of the data model that an instance reads: suites of VCDM 1.1 are still run. */
export function versionsOf({ mode }: Instance): readonly Version[] {
  return mode === 'compatibility' ? ['2.0', '1.1'] : ['2.0']
}

/** Makes one instance for each way of securing, each with a new key. */
export async function createInstances(options: InstancesOptions): Promise<readonly Instance[]> {
  const resolver = createDidResolver()
  const instances: Instance[] = []
  for (const form of FORMS) instances.push(await createInstance(form, { ...options, resolver }, instances))
  return instances
}

async function createInstance(
  form: Form,
  options: InstancesOptions & { readonly resolver: DidResolver },
  neighbours: readonly Instance[],
): Promise<Instance> {
  const { origin, clock, random, ...rest } = options
  const signer = await createLocalSigner(await generateKey(keyTypeOfForm(form)))
  const did = didOf(signer)
  const status = new StatusLists({
    baseUrl: `${origin}/instances/${form}/status-lists`,
    issuer: did,
    clock,
    random,
    sign: (credential) => secureStatusList(credential, { form, signer, clock, random }),
  })
  const challenges = new Challenges(clock, random)
  return { ...rest, name: form, did, form, signer, clock, random, status, challenges, neighbours }
}

function didOf({ keyId }: Signer): Did {
  return parseDidUrl(keyId)?.did ?? 'did:key:z'
}
