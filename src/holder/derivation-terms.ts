import { type Json, parseStrictJson } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { rootTaskOf } from '../model/chain.ts'
import type { DerivedSubject, Lineage } from '../model/credential.ts'
import type { Grant } from '../model/grant.ts'
import { describeGrantFault, unsupportedMember } from '../model/grant-rules.ts'
import { readDocument } from '../model/member-reader.ts'
import { readGrants } from '../model/parse-grant.ts'
import type { DelegateOptions } from './delegate-options.ts'
import { derivationError } from './derivation-error.ts'
import { parseDuration } from './duration.ts'
import type { HeldChain } from './held-chain.ts'

/** How many indexes a subject that may delegate gets when nothing is said: for a helper, and one more. */
const DEFAULT_SUB_LEASE = 2

/** What was asked for, read and completed; whether the chain allows it is not checked yet. */
export interface DerivationTerms {
  readonly subject: Omit<DerivedSubject, 'parent' | 'statusLease'>
  /** Milliseconds since 1970. */
  readonly validFrom: number
  readonly validUntil: number
  /** How many indexes to take: its own and those of its lease. */
  readonly indexes: number
}

/**
 * @param now Milliseconds since 1970.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT`, `ERR_PROCURA_WIDER_THAN_PARENT`
 */
export function readTerms(
  held: HeldChain,
  options: DelegateOptions & { readonly notAfter?: number },
  now: number,
): DerivationTerms {
  const { notAfter = Number.POSITIVE_INFINITY } = options
  const validUntil = Math.min(notAfter, now + parseDuration(options.lifetime, 'lifetime'))
  const validFrom = Math.max(now, held.own.credential.validFrom)
  const maxDepth = readDepth(held, options)
  const subject = {
    ...identityOf(held, options),
    maxDepth,
    allowStatusless: readAllowStatusless(held, options),
  }
  return { subject, validFrom, validUntil, indexes: countIndexes(options, maxDepth) }
}

/** Joining refuses this too; here, so that an agent that may not delegate hears that before all else. */
function readDepth({ own }: HeldChain, { maxDepth = 0 }: DelegateOptions): number {
  if (wholeNumber(maxDepth, 'maxDepth') < own.credential.subject.maxDepth) return maxDepth
  throw derivationError({ code: 'depth_exceeded', dimension: 'credentialSubject.maxDepth' })
}

/** Its own index and those of its lease; none without status. */
function countIndexes({ statusless = false, leaseSize }: DelegateOptions, maxDepth: number): number {
  const leased = wholeNumber(leaseSize ?? (maxDepth > 0 ? DEFAULT_SUB_LEASE : 0), 'leaseSize')
  if (!statusless) return 1 + leased
  if (maxDepth === 0 && leased === 0) return 0
  throw invalid('a statusless delegation is a last link: leave out maxDepth and leaseSize')
}

function readAllowStatusless({ own }: HeldChain, { allowStatusless = false }: DelegateOptions): boolean {
  if (!allowStatusless || own.credential.subject.allowStatusless) return allowStatusless
  throw derivationError({ code: 'status_missing', dimension: 'credentialSubject.allowStatusless' })
}

function identityOf(
  held: HeldChain,
  { to, kind = 'SubAgent', name, purpose, grant, lineage }: DelegateOptions,
): Pick<DerivedSubject, 'id' | 'kind' | 'name' | 'purpose' | 'lineage' | 'authorizationDetails'> {
  const completed = { ...inheritedLineage(held), ...lineage }
  return {
    id: to,
    kind,
    ...(name === undefined ? {} : { name }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(Object.keys(completed).length === 0 ? {} : { lineage: completed }),
    authorizationDetails: readGivenGrants(grant),
  }
}

/** The root task, and the run that now delegates. */
function inheritedLineage(held: HeldChain): Lineage {
  const rootTask = rootTaskOf(held.links)
  const { subject } = held.own.credential
  const parentRun = subject.kind === 'Agent' ? undefined : subject.lineage?.run
  return {
    ...(rootTask === undefined ? {} : { rootTask }),
    ...(parentRun === undefined ? {} : { parentRun }),
  }
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what is no grant. */
export function readGivenGrants(grant: DelegateOptions['grant']): readonly Grant[] {
  const authorizationDetails = Array.isArray(grant) ? grant : [grant]
  const read = readDocument(asJson({ authorizationDetails }), readGrants)
  if (!read.verified) throw invalid(describeGrantFault('grant', read.refusal.dimension))
  if (read.value.length === 0) throw invalid('grant must have at least one entry')
  const unsupported = unsupportedMember(read.value)
  if (unsupported === undefined) return read.value
  throw invalid(describeGrantFault('grant', unsupported))
}

/** What the caller's objects are once written, so that exactly what is signed is checked. */
function asJson(value: object): Json | undefined {
  return parseStrictJson(JSON.stringify(value))
}

function wholeNumber(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(`${name} must be a whole number, 0 or more`)
}

function invalid(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', message)
}
