import { describe, expect, it } from 'vitest'
import { CLOCK_SKEW_MS } from '../../src/core/clock.ts'
import { MAX_STATUSLESS_MS } from '../../src/delegation/joining-status.ts'
import { MAX_DID_DOCUMENT_BYTES } from '../../src/did/fetch-did-web.ts'
import { DOCUMENT_FRESH_MS, DOCUMENT_STALE_MS } from '../../src/did/followed-documents.ts'
import { MAX_STAPLE_CHARS } from '../../src/holder/collect-staple.ts'
import { DELIVERIES_KEPT_MS, DELIVERY_PATIENCE_MS } from '../../src/issuer/delivery-store.ts'
import {
  DEFAULT_DELEGATION_SECONDS,
  MAX_DELEGATION_SECONDS,
  OWNER_CREDENTIAL_MS,
} from '../../src/issuer/lifetimes.ts'
import { MAX_UPLOAD_BYTES } from '../../src/model/chain-upload.ts'
import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../../src/model/credential.ts'
import { DEFAULT_LEASE_SIZE } from '../../src/model/status-list-entry.ts'
import { MAX_AGENT_DELEGATION_BYTES } from '../../src/securing/http-signature/agent-delegation.ts'
import { MAX_PROOF_SECONDS } from '../../src/securing/http-signature/profile.ts'
import { MAX_PRESENTATION_SECONDS, MAX_VP_JWT_BYTES } from '../../src/securing/vc-jose/presentation.ts'
import { DEFAULT_CHECKPOINT_MS } from '../../src/server/audit/checkpoints.ts'
import {
  FIRST_PAUSE_MS as FIRST_DELIVERY_PAUSE_MS,
  LAST_PAUSE_MS,
  MAX_ASKED_PAUSE_MS,
} from '../../src/server/delivery/pauses.ts'
import { DELIVERY_DEADLINE_MS } from '../../src/server/delivery/post.ts'
import { DELIVERIES_AT_ONCE } from '../../src/server/delivery/subscription-lane.ts'
import { SET_KEY_BITS } from '../../src/server/keys/set-signer.ts'
import {
  EVENT_KEEP_ALIVE_MS,
  LEASE_QUOTA_PER_AGENT,
  LEASE_QUOTA_PER_OWNER,
  MAX_BATCH_DELEGATIONS,
  MAX_EVENT_STREAMS,
  MAX_EVENT_STREAMS_PER_ADDRESS,
  MAX_KEPT_SETS,
  MAX_POLL_BYTES,
  MAX_POLL_WAIT_MS,
  MAX_POLLED_SETS,
  MAX_REMOVED_SUBJECTS,
  MAX_SIGNAL_AGE_SECONDS,
  MAX_SIGNAL_BYTES,
  MAX_STREAMS,
  MAX_STREAMS_PER_RECEIVER,
  MAX_WAITING_POLLS,
  MAX_WEBHOOKS,
  POLL_DEADLINE_MS,
  POLL_MS,
  SIGNAL_MEMORY_MS,
  STREAM_VERIFICATION_MS,
} from '../../src/server/limits.ts'
import { DEFAULT_COALESCE_MS, DEFAULT_EPOCH_MS } from '../../src/server/publisher.ts'
import { SETS_UNDER_WAY_MS } from '../../src/server/store/sql/commands/service-keys.ts'
import { QUOTAS_PER_DAY } from '../../src/server/store/sql/eligibility.ts'
import { MAX_INFLATED_LIST_BYTES, STATUS_LIST_ENTRIES } from '../../src/status/bitstring.ts'
import { CHANGES_KEPT_SLICES, CHANGES_SLICE_MS, MAX_CHANGES_CHARS } from '../../src/status/changes.ts'
import {
  MAX_EMERGENCY_BYTES,
  MAX_EMERGENCY_ENTRIES,
  MAX_EMERGENCY_NAME_CHARS,
} from '../../src/status/emergency.ts'
import {
  CURRENT_HEARTBEATS,
  DEFAULT_HEARTBEAT_SECONDS,
  FRESHNESS_SECONDS,
  HEAD_CACHE_SECONDS,
  MAX_POLL_SECONDS,
} from '../../src/status/freshness.ts'
import { MAX_HEAD_EVENT_CHARS, MAX_PUSHED_CHANGES_CHARS } from '../../src/status/head-event.ts'
import { MAX_SNAPSHOT_LISTS } from '../../src/status/snapshot.ts'
import {
  DEFAULT_LIST_TTL_MS,
  DEFAULT_LIST_VALIDITY_MS,
  MAX_STATUS_LIST_BYTES,
} from '../../src/status/status-list-credential.ts'
import { MAX_BUNDLE_BYTES } from '../../src/verifier/bundle.ts'
import { MAX_KEPT_CHARS, MAX_KEPT_CHARS_PER_AUTHORITY } from '../../src/verifier/chain-store.ts'
import { MAX_CONFLICT_CHARS, MAX_CONFLICTS } from '../../src/verifier/conflict-log.ts'
import { FETCH_DEADLINE_MS } from '../../src/verifier/fetch-document.ts'
import { MAX_KEPT_STATUS_BYTES } from '../../src/verifier/kept-status.ts'
import { COMPARE_LOOK_MS, COMPARE_MS, LOOK_MS } from '../../src/verifier/place.ts'
import { MAX_KEPT_PER_PRESENTER } from '../../src/verifier/ports.ts'
import { MAX_RECEIPT_BYTES } from '../../src/verifier/receipt/receipt.ts'
import { MAX_STAPLED_LISTS } from '../../src/verifier/stapled-status.ts'
import { JITTER } from '../../src/verifier/status-follower.ts'
import { SAVE_PAUSE_MS } from '../../src/verifier/status-keeper.ts'
import { FIRST_PAUSE_MS, MAX_PAUSE_MS, MAX_SILENCE_MS } from '../../src/verifier/status-push.ts'
import { MAX_MIRRORS } from '../../src/verifier/trust.ts'
import { MAX_WATCHES, MAX_WATCHES_PER_AGENT } from '../../src/verifier/watches.ts'
import { rowsBelow } from '../helpers/tables.ts'

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
]

/** As the table writes it: in days only from 30 on, in minutes only from 5 on. */
function time(ms: number): string {
  const least = (name: string) => (name === 'd' ? 30 : name === 'min' ? 5 : 1)
  const [name, unit] = UNITS.find((one) => ms % one[1] === 0 && ms / one[1] >= least(one[0])) ?? ['ms', 1]
  return `${ms / unit} ${name}`
}

function size(bytes: number): string {
  const mib = bytes / 1024 / 1024
  return mib >= 1 ? `${Math.round(mib * 10) / 10} MiB` : `${bytes / 1024} KiB`
}

const count = (value: number) => value.toLocaleString('en')
const seconds = (value: number) => `${value} s`
const { routine, sensitive, critical } = FRESHNESS_SECONDS

/** The table of spec 10, of the constants that the code has. */
const DEFAULTS: readonly (readonly [what: string, value: string])[] = [
  [
    'epoch of publication; pause between urgent commits',
    `${time(DEFAULT_EPOCH_MS)}; ${time(DEFAULT_COALESCE_MS)}`,
  ],
  ['heartbeat of the head', seconds(DEFAULT_HEARTBEAT_SECONDS)],
  [
    'poll of a verifier',
    `half the smallest freshness tier in use, at most ${seconds(MAX_POLL_SECONDS)}, up to a ${JITTER === 0.2 ? 'fifth' : JITTER} less by chance`,
  ],
  ['clock skew', time(CLOCK_SKEW_MS)],
  [
    'status list: entries; validity; re-signed at; ttl',
    `${count(STATUS_LIST_ENTRIES)}; ${time(DEFAULT_LIST_VALIDITY_MS)}; ${time(DEFAULT_LIST_VALIDITY_MS / 2)}; ${seconds(DEFAULT_LIST_TTL_MS / 1000)}`,
  ],
  [
    'changes: length of a slice; slices kept; longest that is read',
    `${time(CHANGES_SLICE_MS)}; ${CHANGES_KEPT_SLICES}; ${size(MAX_CHANGES_CHARS)}`,
  ],
  [
    'push: streams of a service, to one address; silence until a comment, until it counts as broken; changes in an event; longest event',
    `${MAX_EVENT_STREAMS}, ${MAX_EVENT_STREAMS_PER_ADDRESS}; ${time(EVENT_KEEP_ALIVE_MS)}, ${time(MAX_SILENCE_MS)}; ${size(MAX_PUSHED_CHANGES_CHARS)}; ${size(MAX_HEAD_EVENT_CHARS)}`,
  ],
  ['push: pause before listening again', `${time(FIRST_PAUSE_MS)}, doubling up to ${time(MAX_PAUSE_MS)}`],
  [
    'mirrors: most; looked at again after; age of a head of now; longest look, and beside a head of now',
    `${MAX_MIRRORS}; ${time(COMPARE_MS)}, up to a fifth less by chance; ${CURRENT_HEARTBEATS} heartbeats and ${HEAD_CACHE_SECONDS} s; ${time(LOOK_MS)}, ${time(COMPARE_LOOK_MS)}`,
  ],
  ['mirrors: pause after a failure', `${time(FIRST_PAUSE_MS)}, doubling up to ${time(MAX_PAUSE_MS)}`],
  [
    'kept status: pause between two savings; longest that is read; lists of a snapshot',
    `${time(SAVE_PAUSE_MS)}; ${size(MAX_KEPT_STATUS_BYTES)}; ${count(MAX_SNAPSHOT_LISTS)}`,
  ],
  ['evidence kept of an authority', `${MAX_CONFLICTS} conflicts; ${size(MAX_CONFLICT_CHARS)}`],
  ['bundle', size(MAX_BUNDLE_BYTES)],
  [
    'key for security event tokens; how long an old one stays listed',
    `${SET_KEY_BITS} bits; ${time(SETS_UNDER_WAY_MS)}`,
  ],
  [
    'status that an agent brings, at most; lists kept of it, of one authority',
    `${size(MAX_STAPLE_CHARS)}; ${MAX_STAPLED_LISTS}`,
  ],
  [
    'emergency list: keys and owners; characters of a name; longest that is read',
    `${MAX_EMERGENCY_ENTRIES}; ${MAX_EMERGENCY_NAME_CHARS}; ${size(MAX_EMERGENCY_BYTES)}`,
  ],
  [
    'freshness: routine, sensitive, critical',
    [routine, sensitive, critical].map((tier) => time(tier * 1000)).join(', '),
  ],
  [
    'request proof; presentation token',
    `${seconds(MAX_PROOF_SECONDS)}; ${seconds(MAX_PRESENTATION_SECONDS)}`,
  ],
  [
    "agent's delegation; owner credential; both renewed at half",
    `${time(DEFAULT_DELEGATION_SECONDS * 1000)}, ${time(MAX_DELEGATION_SECONDS * 1000)} at most; ${time(OWNER_CREDENTIAL_MS)}`,
  ],
  ['sub-agent or run', `no default; without status ${time(MAX_STATUSLESS_MS)} at most`],
  [
    'lease of a delegation; most for one agent; for all agents of one owner; indexes given anew to one that changes its key itself',
    `${DEFAULT_LEASE_SIZE}; ${LEASE_QUOTA_PER_AGENT}; ${count(LEASE_QUOTA_PER_OWNER)}; ${count(QUOTAS_PER_DAY * LEASE_QUOTA_PER_AGENT)} in a day`,
  ],
  ['delegations that one request asks for', `${MAX_BATCH_DELEGATIONS} at most`],
  [
    'chain; credential; `Agent-Delegation`',
    `${MAX_CHAIN_LINKS} links; ${size(MAX_CREDENTIAL_BYTES)}; ${size(MAX_AGENT_DELEGATION_BYTES)}`,
  ],
  ['chain sent in advance; presentation token', `${size(MAX_UPLOAD_BYTES)}; ${size(MAX_VP_JWT_BYTES)}`],
  [
    'chains kept: in all; for one authority; for one presenter',
    `${MAX_KEPT_CHARS / 1024 / 1024} Mi characters; ${MAX_KEPT_CHARS_PER_AUTHORITY / 1024 / 1024} Mi; ${MAX_KEPT_PER_PRESENTER}`,
  ],
  [
    'fetch: deadline, list, inflated list, DID document',
    [
      time(FETCH_DEADLINE_MS),
      ...[MAX_STATUS_LIST_BYTES, MAX_INFLATED_LIST_BYTES, MAX_DID_DOCUMENT_BYTES].map(size),
    ].join(', '),
  ],
  ['DID document: fresh; believed', `${time(DOCUMENT_FRESH_MS)}; ${time(DOCUMENT_STALE_MS)}`],
  [
    'stream of security events: in a tenant, of one receiver; subjects that one leaves out; pause between verifications; longest wait of a poll, how many wait; tokens kept for the next',
    `${MAX_STREAMS}, ${MAX_STREAMS_PER_RECEIVER}; ${MAX_REMOVED_SUBJECTS}; ${time(STREAM_VERIFICATION_MS)}; ${time(MAX_POLL_WAIT_MS)}, ${MAX_WAITING_POLLS}; ${MAX_KEPT_SETS}`,
  ],
  [
    'security event: longest; oldest that is taken; remembered for',
    `${size(MAX_SIGNAL_BYTES)}; ${time(MAX_SIGNAL_AGE_SECONDS * 1000)}; ${time(SIGNAL_MEMORY_MS)}`,
  ],
  [
    'security events that are fetched: pause; at once; longest answer; deadline',
    `${time(POLL_MS)}, up to a fifth less by chance; ${MAX_POLLED_SETS}; ${size(MAX_POLL_BYTES)}; ${time(POLL_DEADLINE_MS)}`,
  ],
  ['receipt', size(MAX_RECEIPT_BYTES)],
  ['watches: in all; of one agent', `${count(MAX_WATCHES)}; ${count(MAX_WATCHES_PER_AGENT)}`],
  [
    'webhooks of a tenant; requests to one at a time; time for one',
    `${MAX_WEBHOOKS}; ${DELIVERIES_AT_ONCE}; ${time(DELIVERY_DEADLINE_MS)}`,
  ],
  [
    'delivering: pauses; longest that is asked for; given up; kept',
    [
      `${time(FIRST_DELIVERY_PAUSE_MS)}, doubling up to ${time(LAST_PAUSE_MS)}`,
      time(MAX_ASKED_PAUSE_MS),
      `${DELIVERY_PATIENCE_MS / 86_400_000} days`,
      `${DELIVERIES_KEPT_MS / 86_400_000} days`,
    ].join('; '),
  ],
  ['checkpoint of the audit trail', `${time(DEFAULT_CHECKPOINT_MS)} after an entry at the latest`],
]

describe('the defaults in spec 10', () => {
  const [, ...rows] = rowsBelow('docs/spec/10-reference.md', '## Defaults')

  it.each(DEFAULTS)('say of %s: %s', (what, value) => {
    expect(rows.filter(([name]) => name === what)).toEqual([[what, value]])
  })

  it('say of nothing else', () => {
    expect(rows.map(([what]) => what)).toEqual(DEFAULTS.map(([what]) => what))
  })
})
