import { createHash } from 'node:crypto'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { OIDC_SUBJECT, type OidcSubject } from '../../issuer/principal-id.ts'
import type { Signal, SignalDemand, SignalOutcome, Transmitter } from '../../issuer/signal-store.ts'
import { type SetError, setError } from './set-error.ts'

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'

/** What is acted upon; where one token has several, the first of these counts, which is the gravest. */
const DEMANDS = [
  { name: 'account-purged', type: `${RISC}account-purged`, kind: 'offboard' },
  { name: 'account-disabled', type: `${RISC}account-disabled`, kind: 'suspend' },
  { name: 'account-enabled', type: `${RISC}account-enabled`, kind: 'resume' },
] as const

const VERIFICATION = `${SSF}verification`
const STREAM_UPDATED = `${SSF}stream-updated`

/** Visible ASCII: it stands in the audit trail. */
const JTI = /^[\x21-\x7e]{1,255}$/

/** Why an account was disabled (RISC 1.0 §2.3); anything else is not repeated. */
const REASONS: ReadonlySet<unknown> = new Set(['hijacking', 'bulk-account'])

/** Names of one person in one event. */
const MAX_ALIASES = 16

/** What a token whose signature holds says, and asks for. */
export function readSignal(claims: JsonObject, signed: string, transmitter: Transmitter): Signal | SetError {
  const jti = member(claims, 'jti')
  const at = timeOf(claims)
  if (typeof jti !== 'string' || !JTI.test(jti))
    return invalid('jti must be 1 to 255 visible ASCII characters')
  if (at === undefined) return invalid('iat and toe must be numbers')
  // SSF 1.0 §4.1: so that it is taken for no token of another kind.
  if (Object.hasOwn(claims, 'sub') || Object.hasOwn(claims, 'exp'))
    return invalid('sub and exp must not be there')
  const events = member(claims, 'events')
  if (!isJsonObject(events) || !Object.values(events).every(isJsonObject) || Object.keys(events).length === 0)
    return invalid('events must be an object of objects')
  const read = readDemand(claims, events as Readonly<Record<string, JsonObject>>, transmitter)
  if ('err' in read) return read
  const digest = createHash('sha256').update(signed).digest('base64url')
  return { jti, digest, at, demand: read.demand, reason: `${read.name}, security event ${jti}` }
}

/** When it happened, and never after it was said, in milliseconds. */
function timeOf(claims: JsonObject): number | undefined {
  const issuedAt = member(claims, 'iat')
  const happenedAt = member(claims, 'toe') ?? issuedAt
  if (typeof issuedAt !== 'number' || typeof happenedAt !== 'number' || happenedAt < 0) return undefined
  const at = Math.floor(Math.min(issuedAt, happenedAt) * 1000)
  return Number.isSafeInteger(at) ? at : undefined
}

interface NamedDemand {
  readonly name: string
  readonly demand: SignalDemand
}

function readDemand(
  claims: JsonObject,
  events: Readonly<Record<string, JsonObject>>,
  transmitter: Transmitter,
): NamedDemand | SetError {
  const wanted = DEMANDS.find(({ type }) => Object.hasOwn(events, type))
  if (wanted !== undefined) {
    const event = events[wanted.type] ?? {}
    // Where the event has it, as RISC had before SSF moved it up.
    const named = member(claims, 'sub_id') ?? member(event, 'subject')
    const subjects = subjectsOf(named, transmitter.subjectIssuer)
    if (subjects === undefined) return invalid('sub_id must be a subject identifier (RFC 9493)')
    return { name: nameOf(wanted.name, event), demand: { kind: wanted.kind, subjects } }
  }
  if (Object.hasOwn(events, VERIFICATION)) return note('verification', 'verified')
  const update = Object.hasOwn(events, STREAM_UPDATED) ? events[STREAM_UPDATED] : undefined
  if (update === undefined) return note('another event', 'ignored')
  const outcome = STREAM_OUTCOMES.get(member(update, 'status'))
  return outcome === undefined
    ? invalid('status must be enabled, paused or disabled')
    : note('stream-updated', outcome)
}

const STREAM_OUTCOMES: ReadonlyMap<unknown, SignalOutcome> = new Map([
  ['enabled', 'stream_enabled'],
  ['paused', 'stream_paused'],
  ['disabled', 'stream_disabled'],
])

function note(name: string, outcome: SignalOutcome): NamedDemand {
  return { name, demand: { kind: 'note', outcome } }
}

function nameOf(name: string, event: JsonObject): string {
  const reason = member(event, 'reason')
  return REASONS.has(reason) ? `${name} (${reason})` : name
}

/**
 * The names of one person that this transmitter may speak of (RFC 9493; `complex` by SSF 1.0 §3.3). Forms by which owners are not known,
 * such as addresses, subjects of another issuer, and those that no owner can have, name nobody.
 *
 * @returns `undefined` when it is no subject identifier.
 */
function subjectsOf(
  identifier: Json | undefined,
  issuer: string,
  inner = false,
): readonly OidcSubject[] | undefined {
  if (!isJsonObject(identifier)) return undefined
  switch (member(identifier, 'format')) {
    case 'iss_sub': {
      const [named, subject] = [member(identifier, 'iss'), member(identifier, 'sub')]
      if (typeof named !== 'string' || typeof subject !== 'string') return undefined
      return named === issuer ? ownersName(issuer, subject) : []
    }
    case 'opaque': {
      const subject = member(identifier, 'id')
      return typeof subject === 'string' ? ownersName(issuer, subject) : undefined
    }
    case 'complex':
      return inner ? undefined : subjectsOf(member(identifier, 'user'), issuer, true)
    case 'aliases':
      return inner ? undefined : aliasesOf(member(identifier, 'identifiers'), issuer)
    default:
      return typeof member(identifier, 'format') === 'string' ? [] : undefined
  }
}

/** Some databases keep no text with every character. */
function ownersName(issuer: string, subject: string): readonly OidcSubject[] {
  return OIDC_SUBJECT.test(subject) ? [{ issuer, subject }] : []
}

function aliasesOf(identifiers: Json | undefined, issuer: string): readonly OidcSubject[] | undefined {
  if (!isJsonArray(identifiers) || identifiers.length > MAX_ALIASES) return undefined
  const all = identifiers.map((one) => subjectsOf(one, issuer, true))
  return all.every((one) => one !== undefined) ? all.flat() : undefined
}

function invalid(description: string): SetError {
  return setError('invalid_request', description)
}
