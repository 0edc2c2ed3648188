import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../model/credential.ts'

/** Largest request body, in bytes: a whole chain and the JSON around it. Anything more is 413 before it is read. */
export const MAX_BODY_BYTES: number = (MAX_CHAIN_LINKS + 1) * MAX_CREDENTIAL_BYTES

/** All header fields of a request, in bytes: `Agent-Delegation` of 7.5 KiB, a signature and what proxies add. */
export const MAX_HEADER_BYTES: number = 32 * 1024

/** A client must have sent its header fields by then, in milliseconds. */
export const HEADERS_TIMEOUT_MS = 10_000

/** A client must have sent its whole request by then, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000

/** How often the two deadlines above are looked at, in milliseconds. */
export const CONNECTION_CHECK_MS = 5_000

/** An idle connection is kept for the next request this long, in milliseconds. */
export const KEEP_ALIVE_TIMEOUT_MS = 5_000

/** Connections at one time; further ones are dropped, so that memory stays bounded. */
export const MAX_CONNECTIONS = 2_000

/** Requests on one connection, after which it is closed: idle clients cannot hold it for ever. */
export const MAX_REQUESTS_PER_SOCKET = 10_000

/** Requests per minute from one address, of any kind. */
export const REQUESTS_PER_MINUTE = 60_000

/** Requests per minute from one address that may fail to prove who is calling. */
export const UNSIGNED_PER_MINUTE = 300

/** Requests per minute by one principal that change something: an agent that registers 200 runs a second. */
export const WRITES_PER_PRINCIPAL = 12_000

/** Requests per minute in one tenant that change something: half of what one address may send. */
export const WRITES_PER_TENANT = 30_000

/** Highest limit of writes that can be set: more than a process does. */
export const MAX_WRITES_PER_MINUTE = 600_000

/** Items of one page: when nothing is said, and at most. */
export const DEFAULT_PAGE_ITEMS = 50
export const MAX_PAGE_ITEMS = 200

/** Largest security event token, in bytes. */
export const MAX_SIGNAL_BYTES: number = 16 * 1024

/** Oldest security event that is taken, in seconds: 30 days, for transmitters that were away. */
export const MAX_SIGNAL_AGE_SECONDS = 2_592_000

/** How long it is remembered which security events came, in milliseconds: a day longer than they are taken. */
export const SIGNAL_MEMORY_MS: number = (MAX_SIGNAL_AGE_SECONDS + 86_400) * 1000

/** Pause between two looks for security events that have to be fetched, in milliseconds. */
export const POLL_MS = 5_000

/** Security events that one look asks for, and the largest answer that is read, in bytes. */
export const MAX_POLLED_SETS = 32
export const MAX_POLL_BYTES: number = 1024 * 1024

/** Time for one look, in milliseconds. */
export const POLL_DEADLINE_MS = 10_000

/** Most leased indexes that the live delegations of one agent hold together: as many as one credential may lease. */
export const LEASE_QUOTA_PER_AGENT = 256

/**
 * Most that those of all agents of one owner hold together: an eighth of a status list, so that no owner alone makes a tenant's lists
 * many. 64 agents may lease all they can, or 2,048 have the usual lease.
 */
export const LEASE_QUOTA_PER_OWNER = 16_384

/** Delegations that one request may ask for: as many as a group commit spreads its cost over, in a body of the usual size. */
export const MAX_BATCH_DELEGATIONS = 64

/** Longest opaque cursor, in characters. */
export const MAX_CURSOR_CHARS = 256

/** Webhooks of a tenant: each is sent to by itself, so this many places may be slow at one time. */
export const MAX_WEBHOOKS = 20

/** On shutdown, requests in flight get this long to finish, in milliseconds. */
export const DRAIN_MS = 5_000

/** How often a service that shuts down looks for connections on which nothing runs any more, in milliseconds. */
export const IDLE_CHECK_MS = 20

/** Event streams at one time, in all and to one address: a quarter of the connections, so that there is room for requests. */
export const MAX_EVENT_STREAMS = 500
export const MAX_EVENT_STREAMS_PER_ADDRESS = 64

/** Who is told that there is no room for one more event stream may ask again after so many seconds. */
export const EVENT_STREAMS_RETRY_SECONDS = 60

/** Bytes that wait for a reader of events who does not read them; beyond it the reader is dropped. */
export const MAX_WAITING_EVENT_BYTES: number = 128 * 1024

/** How long a stream of events may be silent before a line is sent that says nothing, in milliseconds. */
export const EVENT_KEEP_ALIVE_MS = 10_000

/** Streams of security events in a tenant: each costs a row for each event. */
export const MAX_STREAMS = 50

/** And of one principal, so that none takes those of the others. */
export const MAX_STREAMS_PER_RECEIVER = 5

/** Subjects that one stream leaves out. */
export const MAX_REMOVED_SUBJECTS = 200

/** Security event tokens that are kept in case they are asked for again: one poll of each stream. */
export const MAX_KEPT_SETS = 5_000

/** At most so often a stream is verified, in milliseconds. */
export const STREAM_VERIFICATION_MS = 30_000

/** A poll for security events waits at most so long for one, in milliseconds: less than {@link DRAIN_MS}. */
export const MAX_POLL_WAIT_MS = 4_000

/** How often a poll that waits looks, in milliseconds. */
export const POLL_LOOK_MS = 500

/** Polls that wait at one time; further ones are answered at once. */
export const MAX_WAITING_POLLS = 200
