import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { isJsonArray, isJsonObject, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import { parseIssuerUrl } from '../../holder/issuer-url.ts'
import { ageSeconds } from '../../status/freshness.ts'
import { failureOf } from '../failure.ts'
import { fetchTrustEntry } from '../fetch-trust-entry.ts'
import type { Host } from '../host.ts'
import { syncProblem } from '../status/describe-sync.ts'
import { type ShownStatus, showStatus } from '../status/show-status.ts'
import { type Finding, failed, ok, skipped, warning } from './finding.ts'

/** How long the service may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000

/** Heads that may be missing before it is said that none come any more. */
const LATE_HEARTBEATS = 3

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
  return [service, ...(await targetFindings(ready)), checkClock(ready, host), await checkHead(base, host)]
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

async function checkHead(base: URL, host: Host): Promise<Finding> {
  try {
    const entry = await fetchTrustEntry(base.href, undefined, host)
    return headFinding(await showStatus(entry, host.fetch, host.clock), host.clock())
  } catch (error) {
    return failed('status', failureOf(error).message, 'look into the log of the service')
  }
}

function headFinding({ head, state }: ShownStatus, now: number): Finding {
  const problem = syncProblem(state) ?? 'the head could not be read'
  if (head === undefined || state.failure !== undefined) {
    return failed('status', problem, 'compare the origin of the service with its URL')
  }
  const age = ageSeconds(head.iatMs, now)
  const detail = `head number ${head.seq} is ${age} s old, signed every ${head.heartbeat} s`
  if (age <= LATE_HEARTBEATS * head.heartbeat) return ok('status', detail)
  return failed('status', detail, 'the service does not publish: look into its log')
}
