import type { ParsedLink } from '../../../src/model/chain.ts'
import type { DelegationCredential, OwnerCredential } from '../../../src/model/credential.ts'
import type { Did } from '../../../src/model/did.ts'
import type { Grant } from '../../../src/model/grant.ts'
import type { StatusEntry, StatusLease } from '../../../src/model/status-list-entry.ts'

const HOUR = 3_600_000

/** What everybody of a chain grants: two entries, a range and a one_of. */
export const GRANTS: readonly Grant[] = [
  {
    type: 'api',
    supported: true,
    locations: [{ origin: 'https://pay.example', path: '/' }],
    actions: ['payment.read', 'invoice.read'],
    identifiers: ['ledger/support', 'ledger/sales/'],
    constraints: [],
    inheritable: true,
  },
  {
    type: 'api',
    supported: true,
    locations: [{ origin: 'https://pay.example', path: '/' }],
    actions: ['payment.initiate'],
    constraints: [
      { kind: 'one_of', on: ['payee'], values: ['acct-1', 'acct-2', 'acct-3'] },
      { kind: 'range', on: ['amount'], max: 50n * 10n ** 18n, currency: 'EUR', currencyOn: ['currency'] },
    ],
    inheritable: true,
  },
]

/** What a credential of the benchmark says beside what all of them say. */
export interface Place {
  readonly id: string
  readonly issuer: Did
  readonly subject: Did
  readonly status: StatusEntry
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Of a delegation. */
export interface Delegated extends Place {
  readonly lease: readonly StatusLease[]
  /** How many links may follow. */
  readonly depth: number
}

/** Link 0. */
export function ownerCredential(
  { id, issuer, subject, status, now }: Place,
  statusService: OwnerCredential['subject']['statusService'],
): OwnerCredential {
  return {
    type: 'OwnerCredential',
    id,
    issuer,
    validFrom: now - HOUR,
    validUntil: now + 720 * HOUR,
    status,
    subject: {
      id: subject,
      tenant: 'acme',
      environment: 'production',
      accountable: 'urn:uuid:00000000-0000-4000-8000-0000000000aa',
      assurance: 'mfa',
      custody: 'service',
      authorizationDetails: GRANTS,
      statusService,
      revokers: [],
      statusLease: [],
    },
  }
}

/** Link 1. */
export function agentCredential(
  { id, issuer, subject, status, now, lease, depth }: Delegated,
  authority: Did,
): DelegationCredential {
  return {
    type: 'DelegationCredential',
    id,
    issuer,
    validFrom: now - HOUR,
    validUntil: now + 23 * HOUR,
    status,
    subject: {
      kind: 'Agent',
      id: subject,
      agentId: `agt_${id.slice(-8)}`,
      authority,
      tenant: 'acme',
      environment: 'production',
      mode: 'delegated',
      purpose: 'pays invoices that somebody approved',
      authorizationDetails: GRANTS,
      maxDepth: depth,
      statusLease: lease,
      allowStatusless: false,
    },
  }
}

/** A link ≥ 2. */
export function runCredential(
  { id, issuer, subject, status, now, lease, depth }: Delegated,
  parent: ParsedLink,
): DelegationCredential {
  return {
    type: 'DelegationCredential',
    id,
    issuer,
    validFrom: now,
    validUntil: now + HOUR / 4,
    status,
    subject: {
      kind: 'Run',
      id: subject,
      parent: { id: parent.credential.id, digest: parent.digest },
      name: 'invoices of November',
      authorizationDetails: GRANTS,
      maxDepth: depth,
      statusLease: lease,
      allowStatusless: false,
    },
  }
}
