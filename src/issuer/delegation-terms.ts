import type { JsonObject } from '../core/json.ts'
import { MECHANISMS, type Mechanism } from '../model/chain.ts'
import { isLifelong } from '../model/constraints/counted-limit.ts'
import type { Grant } from '../model/grant.ts'
import { unsupportedMember } from '../model/grant-rules.ts'
import { type MemberReader, readDocument } from '../model/member-reader.ts'
import { readEntitlements, readGrantsOrInherit } from '../model/parse-grant.ts'
import { isName } from '../model/text.ts'
import { type Refused, refuse, type Verdict } from '../refusal.ts'
import { DEFAULT_MECHANISM } from './issued-credential.ts'

/** What was asked for a delegation, enough to issue it again with new times. */
export interface DelegationTerms {
  readonly authorizationDetails: readonly Grant[] | 'inherit'
  readonly maxDepth: number
  readonly allowStatusless: boolean
  /** Life of each credential, in seconds. */
  readonly lifetimeSeconds: number
  readonly name?: string
  /** In which form the agent's chain is released when nothing else is asked for. */
  readonly mechanism: Mechanism
}

/** Reads the terms of a request or a row: closed JSON, everything in it known and supported. */
export function parseTerms(json: JsonObject): Verdict<DelegationTerms> {
  const terms = readDocument(json, readTerms)
  return terms.verified ? (unsupported(terms.value.authorizationDetails) ?? terms) : terms
}

/** Reads an owner's entitlements. */
export function parseEntitlements(authorizationDetails: readonly JsonObject[]): Verdict<readonly Grant[]> {
  const grants = readDocument({ authorizationDetails }, readEntitlements)
  return grants.verified ? (unsupported(grants.value) ?? lifelong(grants.value) ?? grants) : grants
}

/** Whether a delegation on these terms has a limit that is never given anew: then it is not renewed. */
export function isLifelongDelegation(json: JsonObject): boolean {
  const terms = parseTerms(json)
  if (!terms.verified || terms.value.authorizationDetails === 'inherit') return false
  return terms.value.authorizationDetails.some(hasLifelongLimit)
}

/** An owner's credential is renewed for as long as the owner is there, so nothing in it can be for its life only. */
function lifelong(entitlements: readonly Grant[]): Refused | undefined {
  if (!entitlements.some(hasLifelongLimit)) return undefined
  return refuse('unsupported', { dimension: 'authorizationDetails.constraints.per' })
}

function hasLifelongLimit({ constraints }: Grant): boolean {
  return constraints.some(isLifelong)
}

function readTerms(members: MemberReader): DelegationTerms {
  const name = members.optionalText('name', isName)
  return {
    authorizationDetails: readGrantsOrInherit(members),
    maxDepth: members.count('maxDepth'),
    allowStatusless: members.flag('allowStatusless'),
    lifetimeSeconds: members.count('lifetimeSeconds'),
    ...(name !== undefined && { name }),
    mechanism: members.has('mechanism') ? members.choice('mechanism', MECHANISMS) : DEFAULT_MECHANISM,
  }
}

/** A grant that this version does not understand would grant nothing; signing it would promise something. */
function unsupported(grants: readonly Grant[] | 'inherit'): Refused | undefined {
  const dimension = grants === 'inherit' ? undefined : unsupportedMember(grants)
  return dimension === undefined ? undefined : refuse('unsupported', { dimension })
}

/** What stands in a row instead of nothing when the owner's credential has no terms of its own. */
export const NO_TERMS: JsonObject = {}
