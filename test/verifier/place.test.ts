import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import { accept, type Verdict } from '../../src/refusal.ts'
import { fetchDocument } from '../../src/verifier/fetch-document.ts'
import { COMPARE_LOOK_MS, COMPARE_MS, LOOK_MS, type Look, Place } from '../../src/verifier/place.ts'

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

function withoutValue(verdict: Verdict<unknown>): Verdict<void> {
  return verdict.verified ? accept(undefined) : verdict
}

describe('a look at a mirror', () => {
  it('asks below its prefix for what lies beside the head, and for all else where it lies', async () => {
    const urls = ['r7/1.jwt', 'leaves/x', 'head'].map((path) => `https://id.example/status/acme/${path}`)
    const elsewhere = ['https://id.example/status/acme-2/r1', 'https://cdn.example/status/acme/r1']
    await placeAt('https://copy.example/a/').look(asking(...urls, ...elsewhere), HEAD, LOOK_MS)

    expect(fetched.mock.calls.flat()).toEqual([
      'https://copy.example/a/r7/1.jwt',
      'https://copy.example/a/leaves/x',
      'https://copy.example/a/head',
      ...elsewhere,
    ])
  })

  it('ends when it takes too long, unless there is no other place [MR-04]', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort())
    await placeAt().look(asking(HEAD), HEAD, LOOK_MS)
    expect(fetched).not.toHaveBeenCalled()
    await placeAt().look(asking(HEAD), HEAD, undefined)

    expect(fetched).toHaveBeenCalledOnce()
  })

  it('ends with what is under way, which is late then [MR-04]', async () => {
    const deadline = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(deadline.signal)
    const hang: Fetch = (_, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
        deadline.abort(new DOMException('', 'TimeoutError'))
      })
    const place = new Place({ fetch: hang, clock: () => 1000, random: () => Uint8Array.of(0) })
    const isCurrent = await place.look(
      async (fetch) => ({ outcome: withoutValue(await fetchDocument(fetch, HEAD, 10)), shown: undefined }),
      HEAD,
      COMPARE_LOOK_MS,
    )

    expect(isCurrent).toBe(false)
    expect(timeout.mock.calls[0]).toEqual([COMPARE_LOOK_MS])
    expect(place.state(HEAD)).toMatchObject({
      failures: 1,
      failure: { code: 'status_unavailable', cause: 'timeout' },
    })
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
    await place.look(asking(), HEAD, LOOK_MS)
    expect(place.state(HEAD)).toEqual({ url: HEAD, lookedAt: 1000, failures: 0, nextAt: 1000 + pauseMs })
    now += pauseMs - 1
    expect(place.isDue).toBe(false)
    now += 1

    expect(place.isDue).toBe(true)
  })

  it('does not wait for a clock that was set back', async () => {
    let now = 1000
    const place = placeAt(undefined, 0, () => now)
    await place.look(asking(), HEAD, LOOK_MS)
    now -= 1

    expect(place.isDue).toBe(true)
  })
})
