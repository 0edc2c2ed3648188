import type { IssuerRefusal, Outcome } from '../../issuer/outcome.ts'
import type { LeaseQuota, Paged } from '../../issuer/ports.ts'
import { grantRule } from '../../model/grant-rules.ts'
import { ApiError } from '../api-error.ts'
import { invalidMember } from './schema.ts'

type QuotaRefusal = Extract<IssuerRefusal, { code: 'quota_exceeded' }>

/** Answers of the API depend on who asks and when; nobody in between keeps them. */
const NO_STORE = { 'cache-control': 'no-store' }

/** A JSON answer that no cache may keep. */
export function json(value: object, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(value)}\n`, {
    status,
    headers: { 'content-type': 'application/json', ...NO_STORE, ...headers },
  })
}

/** 201 with the thing created; says when an earlier request with the same key created it. */
export function created(path: string, value: object, replayed: boolean): Response {
  return json(value, 201, { location: path, ...(replayed && { 'idempotency-replayed': 'true' }) })
}

/** One page of a list. */
export function page<T>({ items, next }: Paged<T>, view: (item: T) => object): Response {
  return json({ items: items.map((item) => view(item)), ...(next !== undefined && { next }) })
}

/** What a use case did; a refusal is thrown as the problem that it is (docs/api.md "Problems"). */
export function unwrap<T>(outcome: Outcome<T>): T {
  return outcome.done ? outcome.value : raise(outcome.refusal)
}

/** Like {@link unwrap}, and whether it was done by an earlier request. */
export function unwrapReplay<T>(outcome: Outcome<T>): { readonly value: T; readonly replayed: boolean } {
  return outcome.done ? outcome : raise(outcome.refusal)
}

function ruleOf(member: string): string {
  return grantRule(member) ?? 'is not well-formed, or not supported'
}

/** What a quota of leases bounds, and the fix. */
const LEASE_QUOTAS: Readonly<Record<LeaseQuota, string>> = {
  delegation: 'no delegation leases so many indexes: lease fewer',
  agent:
    'the live delegations of the agent lease no more indexes together: revoke those that are done with, or lease fewer',
  owner:
    'the live delegations of all agents of the owner lease no more indexes together: revoke those that are done with, or lease fewer',
  key_changes: 'the agent changed its own key too often within a day: let its owner or an admin change it',
}

function quotaExceeded({ limit, dimension }: QuotaRefusal): ApiError {
  const which = dimension === undefined ? {} : { dimension, detail: LEASE_QUOTAS[dimension] }
  return new ApiError('quota_exceeded', { limit, ...which })
}

function raise(refusal: IssuerRefusal): never {
  switch (refusal.code) {
    case 'conflict':
      throw new ApiError(refusal.reason)
    case 'not_allowed':
      throw new ApiError(refusal.reason)
    case 'quota_exceeded':
      throw quotaExceeded(refusal)
    case 'exceeds_delegation':
    case 'exceeds_entitlements':
      throw new ApiError(refusal.code, { dimension: refusal.dimension })
    case 'invalid_terms':
      throw invalidMember(`/${refusal.member.replaceAll('.', '/')}`, ruleOf(refusal.member))
    case 'chain_refused':
      throw new ApiError('chain_refused', { refusal: refusal.refusal })
    case 'not_found':
    case 'idempotency_mismatch':
    case 'delegation_expired':
    case 'not_renewable':
      throw new ApiError(refusal.code)
  }
}
