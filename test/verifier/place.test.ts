import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import { accept } from '../../src/refusal.ts'
import { COMPARE_MS, type Look, Place } from '../../src/verifier/place.ts'

const HEAD = 'https://id.example/status/acme/head'
const fetched = vi.fn(async (_: unknown) => new Response('text'))
const FOUND: Look = { outcome: accept(undefined), shown: undefined }

afterEach(() => {
  vi.restoreAllMocks()
  fetched.mockClear()
})

function placeAt(mirror?: string, chance = 0, clock = () => 1000): Place {
  return new Place({ fetch: (input) => fetched(input), clock, random: () => Uint8Array.of(chance) }, mirror)
}

/** Looks at a place by asking for some URLs. */
function asking(...urls: readonly string[]) {
  return async (fetch: Fetch): Promise<Look> => {
    for (const url of urls) await fetch(url).catch(() => undefined)
    return FOUND
  }
}

describe('a look at a mirror', () => {
  it('asks below its prefix for what lies beside the head, and for all else where it lies', async () => {
    const urls = ['r7/1.jwt', 'leaves/x', 'head'].map((path) => `https://id.example/status/acme/${path}`)
    const elsewhere = ['https://id.example/status/acme-2/r1', 'https://cdn.example/status/acme/r1']
    await placeAt('https://copy.example/a/').look(asking(...urls, ...elsewhere), HEAD, false)

    expect(fetched.mock.calls.flat()).toEqual([
      'https://copy.example/a/r7/1.jwt',
      'https://copy.example/a/leaves/x',
      'https://copy.example/a/head',
      ...elsewhere,
    ])
  })

  it('ends when it takes too long, unless there is no other place [MR-04]', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort())
    await placeAt().look(asking(HEAD), HEAD, false)
    expect(fetched).not.toHaveBeenCalled()
    await placeAt().look(asking(HEAD), HEAD, true)

    expect(fetched).toHaveBeenCalledOnce()
  })
})

describe('the next look at a place that serves', () => {
  it.each([
    [0, COMPARE_MS],
    [128, COMPARE_MS * 0.9],
  ])('with the byte %d by chance is due after %d ms', async (chance, pauseMs) => {
    let now = 1000
    const place = placeAt(undefined, chance, () => now)
    expect(place.isDue).toBe(true)
    await place.look(asking(), HEAD, false)
    expect(place.state(HEAD)).toEqual({ url: HEAD, lookedAt: 1000, failures: 0, nextAt: 1000 + pauseMs })
    now += pauseMs - 1
    expect(place.isDue).toBe(false)
    now += 1

    expect(place.isDue).toBe(true)
  })

  it('does not wait for a clock that was set back', async () => {
    let now = 1000
    const place = placeAt(undefined, 0, () => now)
    await place.look(asking(), HEAD, false)
    now -= 1

    expect(place.isDue).toBe(true)
  })
})
