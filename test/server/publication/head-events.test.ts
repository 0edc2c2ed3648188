import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PublishedHead } from '../../../src/issuer/published-status.ts'
import { HeadEvents } from '../../../src/server/publication/head-events.ts'

const MINUTE = 29_000_000

/** What a store has published; `notice` is what it is told of another process's commit. */
class Source {
  head: PublishedHead | undefined = headOf(1, 'one')
  changes = new Map<number, string>()
  reads = 0
  notice: (tenant: string) => void = () => undefined

  publishedHead = async () => {
    this.reads++
    return this.head
  }
  publishedChanges = async (_: string, slice: number) => this.changes.get(slice)
  onStatusChange = (listener: (tenant: string) => void) => {
    this.notice = listener
    return () => undefined
  }
}

function headOf(seq: number, root: string, iatMs = MINUTE * 60_000 + seq * 10): PublishedHead {
  return { seq, iatMs, root, jwt: `head ${seq}`, leafTable: '' }
}

let source: Source
let events: HeadEvents

beforeEach(() => {
  vi.useFakeTimers()
  source = new Source()
  events = new HeadEvents(source)
})
afterEach(() => {
  events.close()
  vi.useRealTimers()
})

/** What one who listens has heard. */
async function listen(): Promise<{ heard: string[]; leave: () => Promise<void> }> {
  const reader = (await events.open('acme'))?.getReader()
  const heard: string[] = []
  const read = async (): Promise<void> => {
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      heard.push(new TextDecoder().decode(next.value))
    heard.push('end')
  }
  read().catch(() => heard.push('dropped'))
  await vi.advanceTimersByTimeAsync(1)
  return { heard, leave: async () => reader?.cancel() }
}

/** The data of what was heard, without what a stream begins with. */
function headsIn(heard: readonly string[]): readonly unknown[] {
  return heard.flatMap((text) => [...text.matchAll(/data: (.*)\n/g)].map(([, data = '']) => JSON.parse(data)))
}

describe('events of heads', () => {
  it('tell at once what this process has published', async () => {
    const { heard } = await listen()
    source.head = headOf(2, 'one')
    events.published('acme')
    await vi.advanceTimersByTimeAsync(1)

    expect(headsIn(heard)).toEqual([
      { head: 'head 1', changes: {} },
      { head: 'head 2', changes: {} },
    ])
    expect(heard[0]).toMatch(/^retry: 2000\n\nevent: head\nid: 1\n/)
  })

  it('tell within a tenth of a second of a head that follows a change which another process commits', async () => {
    const { heard } = await listen()
    source.notice('acme')
    await vi.advanceTimersByTimeAsync(250)
    source.head = headOf(2, 'one')
    await vi.advanceTimersByTimeAsync(100)

    expect(headsIn(heard)).toHaveLength(2)
  })

  it('tell within a second of a head of another process of which nothing was heard', async () => {
    const { heard } = await listen()
    source.head = headOf(2, 'one')
    await vi.advanceTimersByTimeAsync(1_000)

    expect(headsIn(heard)).toHaveLength(2)
  })

  it('tell of no head twice, and of none that is older', async () => {
    const { heard } = await listen()
    events.published('acme')
    source.head = headOf(0, 'none')
    events.published('acme')
    await vi.advanceTimersByTimeAsync(1_000)

    expect(headsIn(heard)).toHaveLength(1)
  })

  it('begin with a head that was told while the one before was read', async () => {
    await listen()
    const { publishedHead } = source
    let answer = (): void => undefined
    source.publishedHead = () => {
      const { head } = source
      source.publishedHead = publishedHead
      return new Promise((resolve) => {
        answer = () => resolve(head)
      })
    }
    const listening = listen()
    source.head = headOf(2, 'one')
    events.published('acme')
    await vi.advanceTimersByTimeAsync(1)
    answer()
    const { heard } = await listening

    expect(headsIn(heard)[0]).toEqual({ head: 'head 2', changes: {} })
  })

  it('bring the changes from one root to the next, over the end of a minute', async () => {
    const { heard } = await listen()
    source.changes = new Map([
      [MINUTE, 'AQ'],
      [MINUTE + 1, 'AQID'],
    ])
    source.head = headOf(2, 'two', (MINUTE + 1) * 60_000)
    events.published('acme')
    await vi.advanceTimersByTimeAsync(1)

    expect(headsIn(heard)[1]).toEqual({ head: 'head 2', changes: { [MINUTE]: 'AQ', [MINUTE + 1]: 'AQID' } })
  })

  it.each<[string, (source: Source) => void]>([
    ['are long', ({ changes }) => changes.set(MINUTE, 'A'.repeat(16_385))],
    ['are not to be had', ({ changes }) => changes.clear()],
    [
      'are of many minutes',
      (source) => {
        source.head = headOf(2, 'two', (MINUTE + 2) * 60_000)
        for (const more of [1, 2]) source.changes.set(MINUTE + more, 'AQ')
      },
    ],
  ])('leave changes out that %s', async (_, spoil) => {
    const { heard } = await listen()
    source.changes = new Map([[MINUTE, 'AQ']])
    source.head = headOf(2, 'two')
    spoil(source)
    events.published('acme')
    await vi.advanceTimersByTimeAsync(1)

    expect(headsIn(heard)[1]).toEqual({ head: 'head 2', changes: {} })
  })

  it('leave changes out that lead to a later head already, and tell of that one next', async () => {
    const { heard } = await listen()
    source.changes = new Map([[MINUTE, 'AQ']])
    source.head = headOf(2, 'two')
    source.publishedChanges = async () => {
      source.head = headOf(3, 'three')
      return 'AQ'
    }
    events.published('acme')
    await vi.advanceTimersByTimeAsync(1)

    expect(headsIn(heard).slice(1)).toEqual([
      { head: 'head 2', changes: {} },
      { head: 'head 3', changes: { [MINUTE]: 'AQ' } },
    ])
  })

  it('say in ten seconds of silence that the stream is alive', async () => {
    const { heard } = await listen()
    await vi.advanceTimersByTimeAsync(9_900)
    expect(heard).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)

    expect(heard[1]).toBe(':\n\n')
  })

  it('drop a reader who does not read, and go on for others', async () => {
    const { heard } = await listen()
    const slow = await events.open('acme')
    source.publishedChanges = async () => 'A'.repeat(16_000)
    for (let seq = 2; seq < 12; seq++) {
      source.head = headOf(seq, `${seq}`)
      events.published('acme')
      await vi.advanceTimersByTimeAsync(1)
    }

    await expect(slow?.getReader().read()).rejects.toThrow('too slow')
    expect(headsIn(heard)).toHaveLength(11)
  })

  it('are looked for no more when nobody listens', async () => {
    const { leave } = await listen()
    await leave()
    await vi.advanceTimersByTimeAsync(100)
    const before = source.reads
    await vi.advanceTimersByTimeAsync(60_000)

    expect(source.reads).toBe(before)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('go on after the store has failed', async () => {
    const { heard } = await listen()
    const { publishedHead } = source
    source.publishedHead = async () => {
      throw new Error('away')
    }
    await vi.advanceTimersByTimeAsync(1_500)
    source.publishedHead = publishedHead
    source.head = headOf(2, 'one')
    await vi.advanceTimersByTimeAsync(1_000)

    expect(headsIn(heard)).toHaveLength(2)
  })

  it('end in good order, and begin no more', async () => {
    const { heard } = await listen()
    events.close()
    await vi.advanceTimersByTimeAsync(1)

    expect(heard.at(-1)).toBe('end')
    await expect(events.open('acme')).rejects.toMatchObject({ code: 'unavailable' })
  })
})
