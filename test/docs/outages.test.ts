import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { requireDelegation } from '../../src/adapters/fetch/index.ts'
import type { Fetch } from '../../src/core/clock.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierAlarm } from '../../src/verifier/verifier-alarm.ts'
import { ManualTimers, settled } from '../helpers/manual-timers.ts'
import { AUDIENCE, mailGrant, World } from '../helpers/world.ts'

/* What docs/operations.md says that a service provider sees of an outage is what one sees. */

const [, section = ''] = readFileSync('docs/operations.md', 'utf8').split('# For service providers\n')
const lines = section.split(/^# /m)[0]?.split('\n') ?? []

const TIERS = { 'mail.purge': 'critical', 'mail.read': 'sensitive', 'mail.send': 'routine' } as const
const ACTIONS = Object.keys(TIERS) as (keyof typeof TIERS)[]

/** Indexes of a delegation that stays, one that is revoked before, and one that is revoked meanwhile. */
const [GOOD, BEFORE, MEANWHILE] = [20, 21, 22]

/** From when on the outage is looked at, in seconds after the last head. */
const MOMENTS = [0, 15, 30, 31, 60, 75, 300, 301, 3600, 3601]

const HEARTBEAT_MS = 10_000

let world: World
let timers: ManualTimers
let verifier: Verifier
let alarms: { readonly at: number; readonly alarm: VerifierAlarm }[]
let begin: number

/** How heads and lists are had; replaced by an outage. */
let fetch: Fetch

beforeEach(async () => {
  world = await World.create()
  timers = new ManualTimers(world)
  alarms = []
  fetch = world.site.fetch
  world.site.set('revocation', BEFORE)
  await world.site.publish()
  begin = world.now
  verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { ...TIERS, '*': 'sensitive' },
    fetch: (input, init) => fetch(input, init),
    clock: world.clock,
    timer: timers.set,
    random: () => Uint8Array.of(0),
    onAlarm: (alarm) => alarms.push({ at: world.now, alarm }),
  })
  onTestFinished(() => verifier.close())
  await verifier.start()
})

function failing(code: string): Fetch {
  return async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })
  }
}

/** What is done to the status, and whether the issuer goes on publishing meanwhile. */
const OUTAGES: Readonly<Record<string, { begin(): void; goesOn: boolean }>> = {
  'The issuer stops, which serves its status itself': {
    begin: () => (fetch = failing('ECONNREFUSED')),
    goesOn: false,
  },
  'The network is unplugged': { begin: () => (fetch = failing('ENOTFOUND')), goesOn: true },
  'The issuer stops behind a host of files, or that host is given nothing new': {
    begin: () => (fetch = showing(new Map(world.site.documents))),
    goesOn: true,
  },
  'A host shows an older state than it did': { begin: () => (fetch = showing(older)), goesOn: true },
}

let older: ReadonlyMap<string, string>

function showing(documents: ReadonlyMap<string, string>): Fetch {
  return async (input) => new Response(documents.get(String(input)) ?? '', { status: 200 })
}

/** Time passes to so many seconds after the last head; an issuer that goes on signs every heartbeat. */
async function passTo(seconds: number, goesOn: boolean): Promise<void> {
  while (world.now < begin + seconds * 1000) {
    await timers.advance(Math.min(HEARTBEAT_MS, begin + seconds * 1000 - world.now))
    if (goesOn && (world.now - begin) % HEARTBEAT_MS === 0) await world.site.publish()
  }
  await settled()
}

/** As an HTTP client sees it. */
async function answer(action: keyof typeof TIERS, index: number): Promise<string> {
  const grants = { authorizationDetails: [mailGrant({ actions: ACTIONS })] }
  const owner = world.ownerCredential()
  const chain = [
    await world.sign({ ...owner, subject: { ...owner.subject, ...grants } }, world.authority.signer),
    await world.sign(
      world.agentCredential({ ...grants, statusLease: [] }, { status: world.site.entry(index) }),
      world.owner.signer,
    ),
  ]
  const presented = await world.present(chain)
  const names = ['agent-delegation', 'signature', 'signature-input']
  const headers = names.map((name) => [name, presented.header(name) ?? ''] as [string, string])
  const gate = requireDelegation({ verifier, ask: { action } }, () => new Response('{}'))
  const response = await gate(new Request(`${AUDIENCE}inbox`, { headers }))
  const { code } = (await response.json()) as { code?: string }
  return code === undefined ? '200' : `${response.status} \`${code}\``
}

/** As docs/verifier.md makes it. */
function readiness(): string {
  return verifier.status().every(({ asOf = 0 }) => world.now - asOf <= 300_000) ? '200' : '503'
}

function timeOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

async function row(seconds: number, index: number): Promise<string> {
  const answers = await Promise.all(ACTIONS.map((action) => answer(action, index)))
  return `| ${[timeOf(seconds), ...answers, await answer('mail.read', BEFORE), readiness()].join(' | ')} |`
}

describe.each(Object.entries(OUTAGES))('%s:', (name, { begin: cut, goesOn }) => {
  beforeEach(async () => {
    older = new Map(world.site.documents)
    await timers.advance(HEARTBEAT_MS / 2)
    await world.site.publish()
    begin = world.now
    await verifier.sync()
    cut()
  })

  it('docs/operations.md says, moment by moment, what a service answers', async () => {
    for (const seconds of MOMENTS) {
      await passTo(seconds, goesOn)
      expect(lines).toContain(await row(seconds, GOOD))
    }
  })

  it('what is revoked meanwhile is accepted no longer than anything else', async () => {
    await passTo(5, goesOn)
    world.site.set('revocation', MEANWHILE)
    if (goesOn) await world.site.publish()
    for (const seconds of MOMENTS.filter((moment) => moment > 5)) {
      await passTo(seconds, goesOn)
      expect(await row(seconds, MEANWHILE)).toBe(await row(seconds, GOOD))
    }
    fetch = world.site.fetch
    await world.site.publish()
    await passTo(3_700, true)

    expect(await answer('mail.read', MEANWHILE)).toBe('401 `revoked`')
  })

  it('docs/operations.md says what is told, and when', async () => {
    await passTo(120, goesOn)
    const [first] = alarms
    const [state] = verifier.status()
    expect(alarms).toHaveLength(1)
    if (first === undefined || first.alarm.kind !== 'status_failing') throw new Error('no alarm was raised')
    const { code, dimension, cause } = first.alarm.failure
    const told = [code, dimension, cause].filter((part) => part !== undefined).map((part) => `\`${part}\``)
    const seen = state?.failure === undefined ? 'none' : `\`${state.failure.code}\``
    const at = timeOf(Math.ceil((first.at - begin) / 1000))
    expect(lines).toContain(`| ${name} | ${seen} | ${told.join(', ')} | ${at} |`)

    fetch = world.site.fetch
    await world.site.publish()
    await passTo(150, true)
    expect(alarms.map(({ alarm }) => alarm.kind)).toEqual(['status_failing', 'status_restored'])
    expect(await answer('mail.purge', GOOD)).toBe('200')
  })
})

it('docs/operations.md shows an alarm as it is logged', async () => {
  fetch = failing('ECONNREFUSED')
  await passTo(60, false)
  const line = JSON.stringify(alarms[0]?.alarm).replace(world.authority.did, 'did:key:z6Mk…')

  expect(lines).toContain(line)
})
