import type { JsonObject } from '../../src/core/json.ts'
import type { AccessRequest } from '../../src/model/access-request.ts'
import type { Constraint } from '../../src/model/constraints/constraint.ts'
import {
  allowsRequest,
  allowsRequestUntil,
  readConstraint,
  subsumes,
} from '../../src/model/constraints/kinds.ts'
import { readDocument } from '../../src/model/member-reader.ts'

/** A request with nothing but what a constraint reads. */
function requestWith(facts: Partial<AccessRequest>): AccessRequest {
  return { action: 'payment.initiate', origin: 'https://bank.example', path: '/', now: 0, ...facts }
}

/** The constraint in a JSON; `undefined` when it is malformed. */
export function constraintIn(json: unknown): Constraint | undefined {
  const verdict = readDocument(json as JsonObject, readConstraint)
  return verdict.verified ? verdict.value : undefined
}

/** The constraint in a JSON that must be valid. */
function constraint(json: unknown): Constraint {
  const parsed = constraintIn(json)
  if (parsed === undefined) throw new Error(`the constraint is malformed: ${JSON.stringify(json)}`)
  return parsed
}

export function allows(json: unknown, facts: Partial<AccessRequest>): boolean {
  return allowsRequest(constraint(json), requestWith(facts))
}

export function allowsUntil(json: unknown, facts: Partial<AccessRequest>): number {
  return allowsRequestUntil(constraint(json), requestWith(facts))
}

export function isSubsumed(parent: unknown, child: unknown): boolean {
  return subsumes(constraint(parent), constraint(child))
}
