/** What contradicts what. Stable, public API (docs/operations.md "fsck"). */
export const FSCK_CODES = [
  'database_damaged',
  'schema_changed',
  'tenant_incomplete',
  'keys_closed',
  'index_given_twice',
  'index_not_given',
  'revocation_missing',
  'revocation_unfounded',
  'suspension_missing',
  'suspension_unfounded',
  'outlives_owner',
  'audit_broken',
  'state_untold',
  'principal_untold',
  'head_invalid',
  'list_invalid',
  'list_differs',
] as const

/** One of {@link FSCK_CODES}. */
export type FsckCode = (typeof FSCK_CODES)[number]

/** One thing that is not as it must be. */
export interface FsckFinding {
  readonly code: FsckCode
  /** Absent where it concerns the database as a whole. */
  readonly tenant?: string
  /** What it is about: `list 7, index 9113`, the id of a row, the URL of a list. */
  readonly subject: string
  /** What was found, and what should have been. */
  readonly detail: string
}

/** What to do about it. */
export const FSCK_REMEDIES: Readonly<Record<FsckCode, string>> = {
  database_damaged: 'stop the service, keep the file, and restore the newest backup',
  schema_changed:
    'somebody changed the database past the service, and what it refuses may have been done: compare with a backup and with who had access; restore the newest backup from before that, and let it catch up',
  tenant_incomplete:
    'it is no whole copy: restore one of "procura backup" (pg_dump with row security leaves the rows of all tenants out)',
  keys_closed: 'put the key-encryption key back that belongs to these data; none of it is in a backup',
  index_given_twice:
    'revoke all credentials that have it, and look for a second service on a copy of the data; it stays found',
  index_not_given: 'revoke the run; its row was changed past the service, and stays found',
  revocation_missing:
    'revoke again what has it (grant, run or agent; for the credential of an owner, offboard the owner), which sets the bit; until then verifiers accept it. What nobody has: restore the newest backup, and let it catch up',
  revocation_unfounded: 'nothing is accepted wrongly; look in the audit trail for who revoked it',
  suspension_missing:
    'suspend it again, as the same administrator or another, which sets the bit; until then verifiers accept it',
  suspension_unfounded: 'suspend and resume it, which writes the bit anew',
  outlives_owner:
    'revoke it (grant, run or agent); for the credential of an owner, restore the newest backup. Until then verifiers may accept it',
  audit_broken: 'the trail was changed past the service: compare with a backup and with who had access',
  state_untold:
    'a row was changed past the service: what should have ended, revoke again; compare with a backup and with who had access',
  principal_untold:
    'a row was changed past the service: remove whom nobody made a principal (DELETE /v1/principals, or "procura admin recover --replace"), and look in the audit trail for what it did',
  head_invalid: 'start the service, which publishes anew; if it stays, restore the newest backup',
  list_invalid: 'start the service, which publishes anew; if it stays, restore the newest backup',
  list_differs:
    'mend what is found besides (revoke it again), which publishes the list anew; if nothing is, the registry is an old copy: "procura catch-up"',
}

/** Findings that are kept; further ones are only counted, so that a ruined database does not fill the memory. */
const MAX_FINDINGS = 1_000

/** Gathers findings. */
export class Findings {
  readonly items: FsckFinding[] = []
  count = 0

  /** Whether further ones are only counted. */
  get isFull(): boolean {
    return this.items.length === MAX_FINDINGS
  }

  add(finding: FsckFinding): void {
    this.count++
    if (!this.isFull) this.items.push(finding)
  }
}
