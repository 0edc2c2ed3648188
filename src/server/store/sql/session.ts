import type { WriteRefusal, Written } from '../../../issuer/ports.ts'
import { LEASE_QUOTA_PER_AGENT, LEASE_QUOTA_PER_OWNER } from '../../limits.ts'
import type { AuditPosition } from '../audit-chain.ts'
import type { Allocator } from './allocator.ts'
import type { Database } from './database.ts'

/** Most leased indexes that live delegations hold together: what no lease is taken beyond. */
export interface LeaseQuotas {
  /** Those of one agent. */
  readonly leaseQuotaPerAgent: number
  /** Those of all agents of one owner. */
  readonly leaseQuotaPerOwner: number
}

/** @param given What is not the default. */
export function leaseQuotas({
  leaseQuotaPerAgent = LEASE_QUOTA_PER_AGENT,
  leaseQuotaPerOwner = LEASE_QUOTA_PER_OWNER,
}: Partial<LeaseQuotas>): LeaseQuotas {
  return { leaseQuotaPerAgent, leaseQuotaPerOwner }
}

/** What a command works with: the connection inside the open transaction. */
export interface WriteSession {
  readonly db: Database
  readonly allocator: Allocator
  readonly quotas: LeaseQuotas
  /** The last audit entry of each tenant that this transaction has appended to. */
  readonly trail: Map<string, AuditPosition>
  /** Tenants whose lists the transaction changes; told to listeners after the commit. */
  readonly changed: Set<string>
  /** Whether bytes of a destroyed key, or of removed texts, may still lie in the write-ahead log. */
  destroyedKey: boolean
}

/** Leaves a command; the writer undoes what it did so far and answers the refusal. */
export class WriteRefused extends Error {
  override readonly name = 'WriteRefused'
  readonly refusal: WriteRefusal

  constructor(refusal: WriteRefusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

export function refuseWrite(refusal: WriteRefusal): never {
  throw new WriteRefused(refusal)
}

/** The value, or the refusal `not_found`. Foreign tenants' rows are never found. */
export function found<T>(value: T | undefined): T {
  return value ?? refuseWrite({ code: 'not_found' })
}

export function done<T>(value: T): Written<T> {
  return { done: true, value, replayed: false }
}

/** The effect was there before. */
export function replay<T>(value: T): Written<T> {
  return { done: true, value, replayed: true }
}
