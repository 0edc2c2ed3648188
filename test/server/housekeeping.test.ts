import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Issuer } from '../../src/issuer/issuer.ts'
import type { Store } from '../../src/issuer/ports.ts'
import { startHousekeeping } from '../../src/server/housekeeping.ts'

/** A store of two tenants of which the first always fails. */
function start(clockJump?: () => { byMs: number; agoMs: number } | undefined) {
  const done: string[] = []
  const failFor = async (tenant: string) => {
    if (tenant === 'acme') throw new Error('its rows cannot be read')
    done.push(tenant)
  }
  const tenants = ['acme', 'globex'].map((id) => ({ id, authority: 'did:key:zA' }))
  const store = {
    tenants: async () => tenants,
    tenant: async (id: string) => tenants.find((tenant) => tenant.id === id),
    recoveries: async () => [],
    prune: async () => void done.push('pruned'),
    dueKeys: async () => tenants.map(({ id }) => ({ tenant: id, use: 'status', due: 'step' })),
    advanceKeys: async (tenant: string) => {
      await failFor(tenant)
      return []
    },
    hasDueEnds: async (tenant: string) => {
      await failFor(tenant)
      return false
    },
  } as unknown as Store
  const lines: { level: number; msg: string; err: { message: string } }[] = []
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  const issuer = { store, clock: () => 0, random: (length: number) => new Uint8Array(length) } as Issuer
  vi.useFakeTimers()
  const stop = startHousekeeping(issuer, log, clockJump)
  onTestFinished(() => {
    stop()
    vi.useRealTimers()
  })
  return { done, lines }
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

  it('ends what is due of every other tenant when it fails for one, and raises an alarm', async () => {
    const { done, lines } = start()
    await vi.advanceTimersByTimeAsync(1_000)

    expect(done).toEqual(['globex', 'globex'])
    expect(lines[1]).toMatchObject({ level: 50, msg: expect.stringMatching(/^ALARM: credentials/) })
  })

  it('ends, rotates and deletes nothing while the clock is not believed [ST-12]', async () => {
    let jump: { byMs: number; agoMs: number } | undefined
    const { done } = start(() => jump)
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
