import type { OidcSubject } from '../../../issuer/principal-id.ts'
import type { Id, Owner } from '../../../issuer/records.ts'
import type {
  SignalAlgorithm,
  SignalOutcome,
  SignalReport,
  Transmitter,
  TransmitterState,
} from '../../../issuer/signal-store.ts'
import type { Database, Row } from './database.ts'
import { SELECT_OWNER } from './queries.ts'
import { ownerOf } from './records.ts'
import { integer, optionalInteger, optionalText, present, text, word } from './row.ts'

export async function readTransmitter(
  db: Database,
  tenant: string,
  id: Id,
): Promise<Transmitter | undefined> {
  const row = await db.get(
    'SELECT * FROM transmitters WHERE tenant_id = ? AND transmitter_id = ?',
    tenant,
    id,
  )
  return row && transmitterOf(row)
}

/** See `SignalStore.transmitters`. */
export async function readTransmitters(db: Database, tenant: string): Promise<readonly TransmitterState[]> {
  const last = (which: string) => `SELECT max(s.received_at) FROM received_signals AS s
    WHERE s.tenant_id = t.tenant_id AND s.transmitter_id = t.transmitter_id ${which}`
  const rows = await db.all(
    `SELECT t.*, (${last('')}) AS last_at, (${last("AND s.outcome = 'verified'")}) AS verified_at,
      (SELECT s.outcome FROM received_signals AS s WHERE s.tenant_id = t.tenant_id AND s.transmitter_id = t.transmitter_id
        AND s.outcome IN ('stream_enabled', 'stream_paused', 'stream_disabled')
        ORDER BY s.received_at DESC, s.jti LIMIT 1) AS stream
     FROM transmitters AS t WHERE t.tenant_id = ? ORDER BY t.created_at, t.transmitter_id`,
    tenant,
  )
  return rows.map((row) => ({
    ...transmitterOf(row),
    ...present({
      receivedAt: optionalInteger(row, 'last_at'),
      verifiedAt: optionalInteger(row, 'verified_at'),
      stream: optionalText(row, 'stream')?.replace('stream_', '') as TransmitterState['stream'],
    }),
  }))
}

function transmitterOf(row: Row): Transmitter {
  return {
    tenant: text(row, 'tenant_id'),
    id: text(row, 'transmitter_id'),
    issuer: text(row, 'issuer'),
    subjectIssuer: text(row, 'subject_issuer'),
    audience: text(row, 'audience'),
    algorithm: word<SignalAlgorithm>(row, 'algorithm'),
    ...present({
      authorizationDigest: optionalText(row, 'authorization_digest'),
      pollUrl: optionalText(row, 'poll_url'),
    }),
    lifts: integer(row, 'lifts') === 1,
    createdAt: integer(row, 'created_at'),
  }
}

/** What was remembered of a signal that one transmitter brought. */
export interface ReceivedSignal extends SignalReport {
  readonly digest: string
  /** Whether somebody else brought it, who is registered still. */
  readonly isAnothers: boolean
}

/** As each transmitter of the issuer brought it. */
export async function readReceived(
  db: Database,
  { tenant, id, issuer }: Transmitter,
  jti: string,
): Promise<readonly ReceivedSignal[]> {
  const rows = await db.all(
    `SELECT s.digest, s.outcome, s.owners, t.transmitter_id AS another FROM received_signals AS s
     LEFT JOIN transmitters AS t
       ON t.tenant_id = s.tenant_id AND t.transmitter_id = s.transmitter_id AND t.transmitter_id <> ?
     WHERE s.tenant_id = ? AND s.issuer = ? AND s.jti = ? ORDER BY s.transmitter_id`,
    id,
    tenant,
    issuer,
    jti,
  )
  return rows.map((row) => ({
    digest: text(row, 'digest'),
    outcome: word<SignalOutcome>(row, 'outcome'),
    owners: integer(row, 'owners'),
    isAnothers: optionalText(row, 'another') !== undefined,
  }))
}

/** All owners behind whom a person is whom a provider calls so: one may have several. */
export async function findOwnersOfSubject(
  db: Database,
  tenant: string,
  { issuer, subject }: OidcSubject,
): Promise<readonly Owner[]> {
  const rows = await db.all(
    `${SELECT_OWNER} WHERE o.tenant_id = ? AND o.subject_issuer = ? AND o.subject = ? ORDER BY o.owner_id`,
    tenant,
    issuer,
    subject,
  )
  return rows.map(ownerOf)
}

/** When the account was disabled for which a transmitter holds an owner, as it said. */
export async function readSaidAt(
  db: Database,
  tenant: string,
  transmitter: Id,
  owner: Id,
): Promise<number | undefined> {
  const row = await db.get(
    'SELECT said_at FROM transmitter_holds WHERE tenant_id = ? AND transmitter_id = ? AND owner_id = ?',
    tenant,
    transmitter,
    owner,
  )
  return row && integer(row, 'said_at')
}
