import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import { StatusPublication } from '../../../src/issuer/publish-status.ts'
import { TargetLane } from '../../../src/server/publication/target-lane.ts'
import { type BucketServer, startBucketServer } from '../../helpers/bucket-server.ts'
import { PublishingStore, publishingIssuer, TENANT } from '../../issuer/publishing-store.ts'
import { openTestBucket } from './targets.ts'

const HOUR = 3_600_000

let store: PublishingStore
let issuer: Issuer
let server: BucketServer
let lane: TargetLane
let lines: { level: number; code?: string; msg: string }[]
/** How far the clock of the issuer stands ahead. */
let ahead: number

beforeEach(async () => {
  store = new PublishingStore()
  ahead = 0
  lines = []
  const keys = {
    status: publishingIssuer(store, Date.now).keys.status,
    list: async () => [{ id: TENANT_KEY.keyId, publicKey: TENANT_KEY.publicKey }],
  }
  issuer = { ...publishingIssuer(store, () => Date.now() + ahead), keys: keys as unknown as Issuer['keys'] }
  server = await startBucketServer()
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  const options = { heartbeatSeconds: 10, epochMs: 20, listValidityMs: 6 * HOUR }
  lane = new TargetLane(issuer, await openTestBucket(server), log, options)
})
afterEach(() => lane.close())

const { mallory: TENANT_KEY } = await import('../../helpers/signers.ts')

/** A slow machine takes its time. */
const eventually = (check: () => void) => vi.waitFor(check, 20_000)

async function publish(): Promise<void> {
  await new StatusPublication(issuer, TENANT).publish()
  lane.wake()
}

function shownHead(): string | undefined {
  return server.objects.get('status/acme/head')?.body
}

function alarms(): readonly string[] {
  return lane.state().alarms
}

describe('a lane to a target', () => {
  it('brings the newest head and the documents beside it, and nothing else that anybody could read [PB-06]', async () => {
    await publish()
    await eventually(() => expect(shownHead()).toBe(store.heads.at(-1)?.jwt))

    const status = [...server.objects.keys()].filter((key) => key.startsWith('status/acme/'))
    expect(
      status.filter(
        (key) =>
          !/^status\/acme\/([rs]1(\/\d+)?(\.jwt|\.json)?|t1|head|leaves\/[\w-]{43}|changes\/\d+)$/.test(key),
      ),
    ).toEqual([])
    expect([...server.objects.keys()].filter((key) => !key.startsWith('status/acme/')).sort()).toEqual([
      '.well-known/did.json',
      '.well-known/procura',
      'contexts/delegation-v1.jsonld',
    ])
    expect(lane.state()).toEqual({ kind: 's3', alarms: [] })
    expect(lines).toEqual([])
  })

  it('tries again after failures, ever later, and says when it works again', async () => {
    server.fault = 503
    await publish()
    await eventually(() => expect(lines.length).toBeGreaterThanOrEqual(2))
    server.fault = undefined
    await eventually(() => expect(shownHead()).toBe(store.heads.at(-1)?.jwt))

    await eventually(() => expect(lines.at(-1)?.msg).toBe('publishing to the target works again'))
    expect(new Set(lines.map(({ level }) => level))).toEqual(new Set([40]))
  })

  it('raises an alarm when the target shows no head of the last three heartbeats, once, and takes it back', async () => {
    await publish()
    await eventually(() => expect(shownHead()).toBeDefined())
    ahead = 31_000
    await eventually(() => expect(lines.map(({ code }) => code)).toEqual(['target_lags']))
    expect(alarms()).toEqual(['target_lags'])

    await publish()
    await eventually(() => expect(alarms()).toEqual([]))
    await eventually(() => expect(lines.at(-1)?.msg).toBe('the target shows the newest status again'))
  })

  it('raises an alarm before a list lapses', async () => {
    await publish()
    await eventually(() => expect(shownHead()).toBeDefined())
    ahead = 4.6 * HOUR
    await eventually(() => expect(lines.map(({ code }) => code)).toEqual(['target_lags', 'list_lapsing']))

    expect(alarms()).toEqual(['target_lags', 'list_lapsing'])
    await publish()
    await eventually(() => expect(alarms()).toEqual([]))
  })

  it('writes nothing, not even documents, to a target that shows more than the registry has, and says so [INV6]', async () => {
    await publish()
    await eventually(() => expect(shownHead()).toBeDefined())
    const [backup] = store.heads
    ahead += 1_000
    await publish()
    await eventually(() => expect(shownHead()).toBe(store.heads[1]?.jwt))
    store.heads.splice(0, 2, ...(backup === undefined ? [] : [backup]))
    const held = JSON.stringify([...server.objects])
    const restored = new TargetLane(
      issuer,
      await openTestBucket(server),
      pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
      {
        heartbeatSeconds: 10,
        epochMs: 20,
        listValidityMs: 6 * HOUR,
      },
    )
    restored.wake()

    await eventually(() => expect(restored.state().alarms).toContain('target_ahead'))
    await restored.close()
    expect(JSON.stringify([...server.objects])).toBe(held)
    expect(lines.find(({ code }) => code === 'target_ahead')?.msg).toMatch(/^ALARM: .*old copy/)
  })

  it('brings the status of every other tenant when one cannot be, and says so once', async () => {
    const port = issuer.store
    const failing: Store = {
      ...port,
      tenants: async () => [{ ...TENANT, id: 'broken' }, TENANT],
      publishedHead: async (tenant) => {
        if (tenant === 'broken') throw new Error('its rows cannot be read')
        return await port.publishedHead(tenant)
      },
    }
    const other = new TargetLane(
      { ...issuer, store: failing },
      await openTestBucket(server),
      pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }),
      { heartbeatSeconds: 10, epochMs: 20, listValidityMs: 6 * HOUR },
    )
    await new StatusPublication(issuer, TENANT).publish()
    other.wake()
    const newest = () => expect(shownHead()).toBe(store.heads.at(-1)?.jwt)
    await eventually(newest)
    ahead += 1_000
    await new StatusPublication(issuer, TENANT).publish()
    await eventually(newest)
    await other.close()

    expect(lines).toMatchObject([{ level: 40, tenant: 'broken' }])
  })

  it('takes what was published last when it closes', async () => {
    await publish()
    await eventually(() => expect(shownHead()).toBeDefined())
    ahead += 1_000
    await new StatusPublication(issuer, TENANT).publish()
    await lane.close()

    expect(shownHead()).toBe(store.heads.at(-1)?.jwt)
  })
})
