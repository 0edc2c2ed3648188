import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { parseStrictJson } from '../../core/json.ts'
import { parseIssuerUrl } from '../../holder/issuer-url.ts'
import { ageSeconds } from '../../status/freshness.ts'
import type { Host } from '../host.ts'
import { syncProblem } from '../status/describe-sync.ts'
import { showStatus } from '../status/show-status.ts'
import { trustOf } from '../trust-file.ts'
import { type Finding, failed, ok, skipped, warning } from './finding.ts'

/** How long the service may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000

/** Heads that may be missing before it is said that none come any more. */
const LATE_HEARTBEATS = 3

/** Looks at the service as anybody can: does it answer, is its clock ours, does it publish its status. */
export async function checkService(issuer: string | undefined, host: Host): Promise<readonly Finding[]> {
  if (issuer === undefined) return [skipped('service', 'no issuer is configured (PROCURA_ISSUER)')]
  const base = parseIssuerUrl(issuer)
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
  return [service, checkClock(ready, host), await checkHead(base, host)]
}

async function get(url: URL, { fetch }: Host): Promise<Response | undefined> {
  try {
    return await fetch(url.href, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch {
    return undefined
  }
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
  const url = new URL('.well-known/procura', base)
  const answer = await get(url, host)
  const json = answer?.ok === true ? parseStrictJson(await answer.text()) : undefined
  if (json === undefined)
    return failed('status', `${url.href} has no trust entry`, 'look into the log of the service')
  const [entry] = trustOf([json], url.href).values()
  if (entry === undefined) return skipped('status', 'there is no tenant')
  const { head, state } = await showStatus(entry, host.fetch, host.clock)
  const problem = syncProblem(state)
  if (head === undefined || problem !== undefined) {
    return failed(
      'status',
      problem ?? 'the head could not be read',
      'compare the origin of the service with its URL',
    )
  }
  const age = ageSeconds(head.iatMs, host.clock())
  const detail = `head number ${head.seq} is ${age} s old, signed every ${head.heartbeat} s`
  if (age <= LATE_HEARTBEATS * head.heartbeat) return ok('status', detail)
  return failed('status', detail, 'the service does not publish: look into its log')
}
