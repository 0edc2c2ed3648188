import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Issuer } from '../../src/issuer/issuer.ts'
import type { Store } from '../../src/issuer/ports.ts'
import { startHousekeeping } from '../../src/server/housekeeping.ts'

/** A store of two tenants of which the first always fails. */
function start(clockJump?: () => { byMs: number; agoMs: number } | undefined, ownerKeyDays?: number) {
  const done: string[] = []
  const database = { isAway: false, isSound: false }
  const failFor = async (tenant: string) => {
    if (tenant === 'acme' && !database.isSound) throw new Error('its rows cannot be read')
    done.push(tenant)
  }
  const tenants = ['acme', 'globex'].map((id) => ({ id, authority: 'did:key:zA', ownerKeyDays }))
  const store = {
    isAway: () => database.isAway,
    tenants: async () => tenants,
    tenant: async (id: string) => tenants.find((tenant) => tenant.id === id),
    recoveries: async () => [],
    prune: async () => void done.push('pruned'),
    dueKeys: async () => tenants.map(({ id }) => ({ tenant: id, use: 'status', due: 'step' })),
    advanceKeys: async (tenant: string) => {
      await failFor(tenant)
      return []
    },
    publisher: async () => undefined,
    ownersDue: async (tenant: string) => {
      await failFor(tenant)
      return []
    },
    hasDueEnds: async (tenant: string) => {
      await failFor(tenant)
      return false
    },
  } as unknown as Store
  const lines: { level: number; code: string; msg: string; err: { message: string } }[] = []
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  const issuer = { store, clock: () => 0, random: (length: number) => new Uint8Array(length) } as Issuer
  vi.useFakeTimers()
  const stop = startHousekeeping(issuer, log, clockJump)
  onTestFinished(() => {
    stop()
    vi.useRealTimers()
  })
  return { done, lines, database }
}

describe('housekeeping', () => {
  it('takes the steps of keys of every other tenant when those of one fail, and raises an alarm', async () => {
    const { done, lines } = start()
    await vi.advanceTimersByTimeAsync(0)

    expect(done).toEqual(['globex'])
    expect(lines).toMatchObject([
      { level: 50, msg: expect.stringMatching(/^ALARM: keys/), err: { message: 'its rows cannot be read' } },
    ])
  })

  it('looks for keys of owners that are due of every other tenant when it fails for one, and raises an alarm', async () => {
    const { done, lines } = start(undefined, 90)
    await vi.advanceTimersByTimeAsync(0)

    expect(done).toEqual(['globex', 'globex'])
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 50, msg: expect.stringMatching(/^ALARM: keys of owners/) }),
    )
  })

  it('ends what is due of every other tenant when it fails for one, and raises an alarm', async () => {
    const { done, lines } = start()
    await vi.advanceTimersByTimeAsync(1_000)

    expect(done).toEqual(['globex', 'globex'])
    expect(lines[1]).toMatchObject({ level: 50, msg: expect.stringMatching(/^ALARM: what is due/) })
  })

  it('says once a minute that something goes on failing, and once that it is over', async () => {
    const { lines, database } = start()
    const told = () => lines.filter(({ code }) => code === 'ends_not_done').map(({ level }) => level)
    await vi.advanceTimersByTimeAsync(59_000)
    expect(told()).toEqual([50])
    await vi.advanceTimersByTimeAsync(61_000)
    expect(told()).toEqual([50, 50])
    database.isSound = true
    await vi.advanceTimersByTimeAsync(5_000)

    expect(told()).toEqual([50, 50, 40])
    expect(lines.at(-1)?.msg).toMatch(/^over: /)
  })

  it('says nothing of what fails because the database is away', async () => {
    const { lines, database } = start()
    await vi.advanceTimersByTimeAsync(0)
    lines.length = 0
    database.isAway = true
    await vi.advanceTimersByTimeAsync(90_000)
    expect(lines).toEqual([])
    database.isAway = false
    await vi.advanceTimersByTimeAsync(30_000)

    expect(lines.map(({ code }) => code).sort()).toEqual(['ends_not_done', 'keys_not_rotated'])
  })

  it('ends, rotates and deletes nothing while the clock is not believed [ST-12]', async () => {
    let jump: { byMs: number; agoMs: number } | undefined
    const { done } = start(() => jump, 90)
    await vi.advanceTimersByTimeAsync(0)
    done.length = 0
    jump = { byMs: 259_200_000, agoMs: 0 }
    await vi.advanceTimersByTimeAsync(60_000)
    expect(done).toEqual([])
    jump = undefined
    await vi.advanceTimersByTimeAsync(1_000)

    expect(done).toEqual(['globex'])
  })
})
