import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { ClockWatch } from '../../src/server/clock-watch.ts'

const NOW = Date.UTC(2026, 10, 22, 9)
const MINUTE = 60_000
const DAY = 86_400_000

/** A watch over a clock that stands `ahead` of what really passes. */
function watched() {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => lines.push(line) })
  const time = { passed: 0, ahead: 0 }
  const watch = new ClockWatch(
    () => NOW + time.passed + time.ahead,
    () => time.passed,
    log,
  )
  return { time, watch, lines }
}

describe('a watched clock', () => {
  it('is believed as long as it goes as time does, small corrections included', () => {
    const { time, watch, lines } = watched()
    for (let i = 1; i <= 20; i++) {
      time.passed += 10 * MINUTE
      time.ahead += i % 2 === 0 ? 50_000 : -10_000

      expect(watch.jump()).toBeUndefined()
    }
    expect(lines).toEqual([])
  })

  it.each([
    { name: 'ahead', byMs: 3 * DAY },
    { name: 'back', byMs: -60 * MINUTE },
  ])('is doubted when it jumps $name, with an alarm, for ten minutes', ({ byMs }) => {
    const { time, watch, lines } = watched()
    time.ahead = byMs
    time.passed += 1_000

    expect(watch.jump()).toEqual({ byMs, agoMs: 0 })
    time.passed += 10 * MINUTE - 1
    expect(watch.jump()).toEqual({ byMs, agoMs: 10 * MINUTE - 1 })
    time.passed += 1
    expect(watch.jump()).toBeUndefined()
    expect(lines.filter((line) => line.includes('ALARM: the clock jumped'))).toHaveLength(1)
  })

  it('is believed at once when it jumps back to what it was', () => {
    const { time, watch } = watched()
    time.ahead = 3 * DAY
    expect(watch.jump()).toMatchObject({ byMs: 3 * DAY })
    time.ahead = 0

    expect(watch.jump()).toBeUndefined()
  })

  it('is doubted anew when it jumps elsewhere meanwhile', () => {
    const { time, watch } = watched()
    time.ahead = 3 * DAY
    watch.jump()
    time.passed += 9 * MINUTE
    time.ahead = 5 * DAY
    watch.jump()
    time.passed += 9 * MINUTE

    expect(watch.jump()).toEqual({ byMs: 5 * DAY, agoMs: 9 * MINUTE })
  })
})
