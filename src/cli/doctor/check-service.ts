import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { isJsonArray, isJsonObject, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import { parseIssuerUrl } from '../../holder/issuer-url.ts'
import { ageSeconds, LATE_HEARTBEATS } from '../../status/freshness.ts'
import type { TrustEntry } from '../../verifier/trust.ts'
import { failureOf } from '../failure.ts'
import { fetchTrustEntry } from '../fetch-trust-entry.ts'
import type { Host } from '../host.ts'
import { syncProblem } from '../status/describe-sync.ts'
import { type ShownStatus, showStatus } from '../status/show-status.ts'
import { type Finding, failed, ok, skipped, warning } from './finding.ts'

/** How long the service may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000

/** Looks at the service as anybody can: does it answer, is its clock ours, does it publish its status. */
export async function checkService(issuer: string | undefined, host: Host): Promise<readonly Finding[]> {
  if (issuer === undefined) return [skipped('service', 'no issuer is configured (PROCURA_ISSUER)')]
  const base = baseOf(issuer)
  if (!(base instanceof URL)) return [base]
  const ready = await get(new URL('readyz', base), host)
  if (ready === undefined) {
    return [
      failed(
        'service',
        `${base.href} does not answer`,
        'start it with `procura serve`, or mend the issuer URL',
      ),
    ]
  }
  const service = ready.ok
    ? ok('service', `${base.href} is ready`)
    : failed('service', `${base.href} is not ready (${ready.status})`, 'look into the log of the service')
  return [
    service,
    ...(await targetFindings(ready)),
    checkClock(ready, host),
    ...(await checkPublic(base, ready.ok, host)),
  ]
}

function baseOf(issuer: string): URL | Finding {
  try {
    return parseIssuerUrl(issuer)
  } catch (error) {
    return failed('service', failureOf(error).message, 'mend the issuer URL')
  }
}

async function get(url: URL, { fetch }: Host): Promise<Response | undefined> {
  try {
    return await fetch(url.href, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch {
    return undefined
  }
}

/** How the service says that the places are into which it publishes beside itself. */
async function targetFindings(ready: Response): Promise<readonly Finding[]> {
  const json = parseStrictJson(await ready.text())
  const targets = isJsonObject(json) ? member(json, 'targets') : undefined
  return isJsonArray(targets) ? targets.filter(isJsonObject).map(targetFinding) : []
}

function targetFinding(target: JsonObject): Finding {
  const kind = member(target, 'kind')
  const alarms = member(target, 'alarms')
  const codes = isJsonArray(alarms) ? alarms.join(', ') : ''
  if (codes === '') return ok('publishing', `the ${kind} target shows the newest status`)
  const fix = 'look into the log of the service, and at "Alarms" in docs/operations.md'
  return failed('publishing', `the ${kind} target: ${codes}`, fix)
}

/** `Date` has whole seconds, so half a second is nobody's fault. */
function checkClock({ headers }: Response, { clock }: Host): Finding {
  const theirs = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(theirs)) return skipped('clock', 'the service does not say what time it is')
  const apartMs = Math.abs(theirs + 500 - clock())
  const detail = `${(apartMs / 1000).toFixed(1)} s apart from that of the service`
  if (apartMs <= CLOCK_SKEW_MS / 2) return ok('clock', detail)
  const fix = `synchronise both clocks (NTP); beyond ${CLOCK_SKEW_MS / 1000} s signatures are refused`
  return apartMs > CLOCK_SKEW_MS ? failed('clock', detail, fix) : warning('clock', detail, fix)
}

/** What the service shows of itself: where the world finds it, and its status there. */
async function checkPublic(base: URL, isReady: boolean, host: Host): Promise<readonly Finding[]> {
  try {
    const entry = await fetchTrustEntry(base.href, undefined, host)
    const shown = await showStatus(entry, host.fetch, host.clock)
    const own = { url: base, isReady, seq: await ownSeq(base, entry, host) }
    return [...originFindings(base, entry), headFinding(shown, own, entry, host.clock())]
  } catch (error) {
    return [failed('status', failureOf(error).message, 'look into the log of the service')]
  }
}

/** One process of several, or one behind a proxy, is asked at another address than the one under which the world knows it. */
function originFindings(base: URL, { head }: TrustEntry): readonly Finding[] {
  const { origin } = new URL(head)
  if (base.origin === origin) return []
  const detail = `${base.origin} calls itself ${origin}`
  return [
    warning(
      'origin',
      detail,
      `say --issuer ${origin}: calls that are signed for another address are refused`,
    ),
  ]
}

/** The number of the head that is had from the service itself; `undefined` where that is the very place of the head, or it has none. */
async function ownSeq(base: URL, entry: TrustEntry, host: Host): Promise<number | undefined> {
  const { origin, pathname } = new URL(entry.head)
  if (base.origin === origin) return undefined
  const head = new URL(pathname, base).href
  const there = { ...entry, head, statusOrigins: [new URL('.', head).href] }
  return (await showStatus(there, host.fetch, host.clock).catch(() => undefined))?.head?.seq
}

/** The service that was asked, and what it says of itself. */
interface Own {
  readonly url: URL
  readonly isReady: boolean
  readonly seq: number | undefined
}

function headFinding(
  { head, state }: ShownStatus,
  own: Own,
  { head: url }: TrustEntry,
  now: number,
): Finding {
  const problem = syncProblem(state) ?? 'the head could not be read'
  if (head === undefined || state.failure !== undefined) {
    return failed('status', problem, 'compare the origin of the service with its URL')
  }
  const age = ageSeconds(head.iatMs, now)
  const detail = `head number ${head.seq} is ${age} s old, signed every ${head.heartbeat} s`
  if (age <= LATE_HEARTBEATS * head.heartbeat) return ok('status', detail)
  if (own.seq !== undefined && own.seq > head.seq) {
    return failed('status', `${url} shows number ${head.seq}, ${own.url.origin} shows ${own.seq}`, OLD_COPY)
  }
  return failed('status', detail, own.isReady ? OLD_COPY : 'the service does not publish: look into its log')
}

const OLD_COPY =
  'the service publishes, so the web server or cache there shows an old copy: see that a process publishes into its directory (docs/operations.md "Static hosts")'
