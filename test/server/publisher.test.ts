import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StatusPublication } from '../../src/issuer/publish-status.ts'
import { Publisher, type PublisherOptions, type PublisherParts } from '../../src/server/publisher.ts'
import { NOW, PublishingStore, publishingIssuer, TENANT } from '../issuer/publishing-store.ts'

let store: PublishingStore
let lines: string[]
let publisher: Publisher
/** How far the clock of the issuer stands ahead of the timers. */
let ahead: number

/** Publications that have begun and not ended. */
let underWay: number
const publish = StatusPublication.prototype.publish
vi.spyOn(StatusPublication.prototype, 'publish').mockImplementation(async function (this: StatusPublication) {
  underWay++
  return await publish.call(this).finally(() => underWay--)
})

beforeEach(() => {
  underWay = 0
  vi.useFakeTimers({ now: NOW, toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  store = new PublishingStore()
  lines = []
  ahead = 0
})
afterEach(async () => {
  await publisher.close()
  vi.useRealTimers()
})

async function start(options: PublisherOptions = {}, parts: PublisherParts = {}): Promise<void> {
  const log = pino({}, { write: (line: string) => lines.push(line) })
  publisher = new Publisher(
    publishingIssuer(store, () => Date.now() + ahead),
    log,
    options,
    parts,
  )
  await publisher.start()
}

/** Lets timers run. What is begun meanwhile needs the real event loop and threads, and takes no time of theirs. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10) {
    await vi.advanceTimersByTimeAsync(Math.min(10, left))
    for (let i = 0; i < 60 || (underWay > 0 && i < 50_000); i++)
      await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Waits, without letting timers run, until what is under way has come to this. */
async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 100_000 && !condition(); i++) await new Promise((resolve) => setImmediate(resolve))
  expect(condition()).toBe(true)
}

function change(index: number): void {
  store.set('revocation', index)
  store.listener(TENANT.id)
}

describe('the publisher', () => {
  it('publishes once before it says that it has started', async () => {
    await start()

    expect(store.heads).toHaveLength(1)
    expect(publisher.isCurrent()).toBe(true)
  })

  it('publishes a change at once when it has been quiet', async () => {
    await start()
    await pass(500)
    change(1)

    await eventually(() => store.heads.length === 2)
    expect(store.lists.at(-1)?.purpose).toBe('revocation')
  })

  it('publishes many changes at most once in 200 ms, the last one included', async () => {
    await start()
    await pass(500)
    const before = store.heads.length
    for (let i = 0; i < 100; i++) {
      change(i)
      await pass(10)
    }
    await pass(200)
    await eventually(() => store.rows[0]?.publishedRevision === store.rows[0]?.revision)

    const times = store.heads.slice(before).map(({ iatMs }) => iatMs)
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(200)
    expect(times.length).toBeGreaterThanOrEqual(3)
  })

  it('signs a head at every heartbeat, even when nothing changed', async () => {
    await start({ heartbeatSeconds: 10 })
    for (const heads of [2, 3, 4]) {
      await pass(10_020)
      await eventually(() => store.heads.length >= heads)
    }

    expect(store.heads.map(({ iatMs }) => Math.round((iatMs - NOW) / 1000))).toEqual([0, 10, 20, 30])
    expect(store.lists).toHaveLength(2)
  })

  it('finds what nobody called out, such as a new list, within an epoch', async () => {
    await start({ epochMs: 5_000 })
    store.set('revocation', 1)
    await pass(5_050)

    await eventually(() => store.heads.length === 2)
  })

  it('forgets no change that comes while it looks for others', async () => {
    await start({ epochMs: 5_000 })
    let open = () => {}
    store.gate = new Promise((resolve) => {
      open = resolve
    })
    await pass(5_010)
    change(1)
    store.gate = undefined
    open()
    await pass(220)

    await eventually(() => store.heads.length === 2)
  })

  it('tries again after a failure, says so once it works, and alarms in between', async () => {
    await start()
    await pass(500)
    store.failNext = new Error('disk full')
    change(1)
    await pass(10)
    expect(store.heads).toHaveLength(1)
    await pass(200)

    await eventually(() => store.heads.length === 2)
    expect(lines.join()).toMatch(
      /disk full.*ALARM: publishing the status failed.*over: publishing the status failed/s,
    )
  })

  it('publishes again when somebody else was quicker', async () => {
    await start()
    await pass(500)
    store.refuseNext = true
    change(1)
    await pass(10)
    await eventually(() => !store.refuseNext)
    await pass(200)

    await eventually(() => store.heads.length === 2)
  })

  it('alarms and stops when the clock is set back, and is not ready; goes on when it is right again', async () => {
    await start({ heartbeatSeconds: 1 })
    await pass(500)
    ahead = -60_000
    change(1)
    await pass(5_000)
    expect(store.heads).toHaveLength(1)
    expect(lines.join()).toContain('ALARM: the clock is behind the last signed status')
    ahead = 3_000
    await pass(5_100)

    await eventually(() => store.heads.length > 1)
    expect(publisher.isCurrent()).toBe(true)
  })

  it('notices within an epoch that the clock was set back, though nothing changed, and is not ready [ST-12]', async () => {
    await start({ epochMs: 1_000 })
    await pass(500)
    ahead = -3_600_000
    await pass(2_000)

    expect(publisher.isCurrent()).toBe(false)
    expect(lines.join()).toContain('ALARM: the clock is behind the last signed status')
    expect(store.heads).toHaveLength(1)
  })

  it('signs nothing for a minute after the clock jumped ahead, and at once when it is back [ST-12]', async () => {
    let jump: { byMs: number; agoMs: number } | undefined
    await start({ heartbeatSeconds: 1 }, { clockJump: () => jump })
    jump = { byMs: 259_200_000, agoMs: 0 }
    ahead = jump.byMs
    await pass(3_000)
    expect(store.heads).toHaveLength(1)
    expect(publisher.isCurrent()).toBe(false)
    jump = undefined
    ahead = 0
    await pass(1_100)

    await eventually(() => store.heads.length > 1)
    expect(publisher.isCurrent()).toBe(true)
  })

  it('follows a clock that stays ahead for a minute [ST-12]', async () => {
    let jump: { byMs: number; agoMs: number } | undefined
    await start({ heartbeatSeconds: 1 }, { clockJump: () => jump })
    jump = { byMs: 259_200_000, agoMs: 60_000 }
    ahead = jump.byMs
    await pass(1_100)

    await eventually(() => store.heads.length > 1)
    const [first, second] = store.heads
    expect((second?.iatMs ?? 0) - (first?.iatMs ?? 0)).toBeGreaterThan(259_000_000)
  })

  it('publishes for a tenant that another process added, as soon as it hears of it', async () => {
    store.tenants.length = 0
    await start()
    expect(store.heads).toHaveLength(0)
    store.tenants.push(TENANT)
    store.listener(TENANT.id)

    await eventually(() => store.heads.length === 1)
    expect(publisher.isCurrent()).toBe(true)
  })

  it('publishes once for a tenant that changes while it starts', async () => {
    publisher = new Publisher(publishingIssuer(store, Date.now), pino({ enabled: false }))
    store.listener(TENANT.id)
    await publisher.start()
    await pass(100)

    expect(store.heads).toHaveLength(1)
  })

  it('alarms when what it built does not check', async () => {
    await start()
    store.set('revocation', 1)
    await pass(6_000)
    store.set('revocation', 1, false)
    store.listener(TENANT.id)
    await pass(400)

    await eventually(() => /"rule":"cleared".*ALARM: the status built does not check/.test(lines.join()))
  })

  it('is not current once three heartbeats were missed', async () => {
    await start({ heartbeatSeconds: 1 })
    ahead = 3_100

    expect(publisher.isCurrent()).toBe(false)
  })

  it('publishes what is left when it closes, and nothing after', async () => {
    await start()
    await pass(100)
    change(1)
    await publisher.close()
    const { length } = store.heads
    change(2)
    await pass(20_000)

    expect(store.rows[0]?.publishedRevision).toBe(2)
    expect(store.heads).toHaveLength(length)
  })
})

describe('the publisher among others', () => {
  it('leaves it to the process whose turn it is, and is current as long as that one is', async () => {
    await start()
    store.turn = { holder: 'another', until: Number.POSITIVE_INFINITY }
    const before = store.heads.length
    change(1)
    await pass(30_000)

    expect(store.heads).toHaveLength(before)
    expect(publisher.isCurrent()).toBe(true)
    await pass(1_000)
    expect(publisher.isCurrent()).toBe(false)
    expect(lines.join('')).not.toContain('ALARM')
  })

  it('goes on at once after a crash, where the turn is still its own', async () => {
    store.turn = { holder: 'this process', until: Number.POSITIVE_INFINITY }

    await start()

    expect(store.heads).toHaveLength(1)
  })

  it('ends in good order when it cannot give up its turn, and says so', async () => {
    await start()
    store.failToLeave = new Error('the store is away')

    await publisher.close()

    expect(lines.join('')).toContain('only when the turn of this one has ended')
  })

  it('goes on within an epoch of the end of the turn of another one, with what changed meanwhile', async () => {
    await start()
    store.turn = { holder: 'another', until: Number.POSITIVE_INFINITY }
    change(1)
    await pass(12_000)

    store.turn = { holder: 'another', until: Date.now() }
    await pass(5_100)

    await eventually(() => store.rows[0]?.publishedRevision === store.rows[0]?.revision)
  })
})
