import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import { isToken } from '../model/text.ts'
import {
  FRESHNESS_SECONDS,
  type FreshnessTier,
  isFreshnessTier,
  pollSeconds as longestPollSeconds,
} from '../status/freshness.ts'
import { readActionName } from './action-name.ts'
import { type AssuranceRule, readAssurance } from './assurance.ts'
import type { VerifierOptions } from './verifier-options.ts'

/** Options, read and completed; whom to trust is not among them, because it can be replaced. */
export interface Policy {
  /** Without trailing slash: `https://mail.example`. */
  readonly origin: string
  readonly environment: string
  readonly ownerInPerson: boolean
  readonly rdfc: boolean
  readonly pollSeconds: number
  readonly freshness: ReadonlyMap<string, FreshnessTier>
  readonly bearer: ReadonlySet<string>
  readonly assurance?: AssuranceRule
  /** Absent: all that are known. */
  readonly algorithms?: ReadonlySet<Signer['algorithm']>
  readonly bodyCheckedUpstream: boolean
}

/** Every option there is; one that is missing here does not compile. */
const OPTIONS: Readonly<Record<keyof VerifierOptions, true>> = {
  audience: true,
  trust: true,
  environment: true,
  freshness: true,
  bearer: true,
  assurance: true,
  algorithms: true,
  bodyCheckedUpstream: true,
  ownerInPerson: true,
  rdfc: true,
  threads: true,
  pollSeconds: true,
  push: true,
  replay: true,
  usage: true,
  chains: true,
  statusStore: true,
  onAlarm: true,
  fetch: true,
  clock: true,
  timer: true,
  random: true,
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, naming the option. */
export function readPolicy(options: VerifierOptions): Policy {
  refuseUnknown(options)
  refuseOtherThanFunctions(options)
  const { environment = 'production', assurance, algorithms } = options
  if (typeof environment !== 'string' || !isToken(environment))
    fail('environment must be a name as chains state it, such as "production"')
  const freshness = readFreshness(options.freshness)
  return {
    origin: readAudience(options.audience),
    environment,
    ownerInPerson: readFlag(options, 'ownerInPerson'),
    rdfc: readFlag(options, 'rdfc'),
    bodyCheckedUpstream: readFlag(options, 'bodyCheckedUpstream'),
    freshness,
    pollSeconds: readPoll(options.pollSeconds, freshness),
    bearer: readBearer(options.bearer, freshness),
    ...(assurance === undefined ? {} : { assurance: readAssurance(assurance) }),
    ...(algorithms === undefined ? {} : { algorithms: readAlgorithms(algorithms) }),
  }
}

/** A misspelt limit would be none. */
function refuseUnknown(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    fail('a verifier is made of options: { audience, trust, freshness } at least')
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name))
  if (unknown !== undefined) fail(`${unknown} is no option of a verifier`)
}

/** Something else would be called only when it is needed. */
function refuseOtherThanFunctions(options: VerifierOptions): void {
  for (const name of ['onAlarm', 'fetch', 'clock', 'timer', 'random'] as const) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'function') fail(`${name} must be a function`)
  }
}

/** Seconds of age that status may have for an action. */
export function freshnessSeconds(policy: Policy, action: string): number {
  return FRESHNESS_SECONDS[tierOf(policy, action)]
}

/** Seconds of age that status may have for the action that tolerates most. */
export function longestFreshnessSeconds({ freshness }: Policy): number {
  return Math.max(...[...freshness.values()].map((tier) => FRESHNESS_SECONDS[tier]))
}

export function tierOf(policy: Pick<Policy, 'freshness'>, action: string): FreshnessTier {
  return policy.freshness.get(action) ?? policy.freshness.get('*') ?? 'critical'
}

function readAudience(audience: unknown): string {
  const valid = typeof audience === 'string' && URL.canParse(audience)
  const url = valid ? new URL(audience) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`)
    fail('audience must be the external origin of this service, such as "https://mail.example/"')
  return url.origin
}

/** A text such as "false" would count as true. */
export function readFlag(
  options: VerifierOptions,
  name: 'ownerInPerson' | 'rdfc' | 'bodyCheckedUpstream' | 'threads' | 'push',
  otherwise = false,
): boolean {
  const value: unknown = options[name] ?? otherwise
  return typeof value === 'boolean' ? value : fail(`${name} must be true or false`)
}

function readPoll(given: unknown, freshness: Policy['freshness']): number {
  const longest = longestPollSeconds([...freshness.values()].map((tier) => FRESHNESS_SECONDS[tier]))
  const seconds = given === undefined ? longest : given
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= longest))
    fail(`pollSeconds must be above 0 and at most ${longest}, half the smallest freshness tier in use`)
  return seconds
}

function readAlgorithms(algorithms: unknown): ReadonlySet<Signer['algorithm']> {
  const names = Array.isArray(algorithms) ? algorithms : []
  if (names.length === 0 || !names.every((name) => name === 'EdDSA' || name === 'ES256'))
    fail('algorithms must list "EdDSA", "ES256" or both')
  return new Set(names)
}

function readFreshness(freshness: unknown): ReadonlyMap<string, FreshnessTier> {
  if (typeof freshness !== 'object' || freshness === null || !Object.hasOwn(freshness, '*'))
    fail('freshness must map actions to tiers and have the rule "*" for all others')
  const rules = new Map<string, FreshnessTier>()
  for (const [action, tier] of Object.entries(freshness)) {
    if (action !== '*') readActionName(action, 'freshness')
    if (!isFreshnessTier(tier))
      fail(`freshness must use the tiers ${Object.keys(FRESHNESS_SECONDS).join(', ')}`)
    rules.set(action, tier)
  }
  return rules
}

function readBearer(bearer: unknown = [], freshness: Policy['freshness']): ReadonlySet<string> {
  if (!Array.isArray(bearer)) fail('bearer must list actions by their exact names')
  const names = bearer.map((name: unknown) => readActionName(name, 'bearer'))
  if (names.some((name) => tierOf({ freshness }, name) === 'critical'))
    fail('bearer must not list an action whose freshness is critical: each call of it has to be signed')
  return new Set(names)
}

function fail(message: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
