import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import { setError } from '../../../src/server/signals/set-error.ts'
import type { Receipt, SignalReceiver } from '../../../src/server/signals/signal-receiver.ts'
import { TransmitterLane } from '../../../src/server/signals/transmitter-lane.ts'
import { newTransmitter } from '../store/fixtures.ts'

const TRANSMITTER = { ...newTransmitter(), pollUrl: 'https://login.example/poll' }
const MINUTE = 60_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** A lane of a transmitter that answers so, one after the other, and then as at last; what it was asked, and what was logged. */
function open(answers: readonly (() => Response)[], receive: SignalReceiver['receive'] = async () => 'done') {
  const asked: unknown[] = []
  const logged: string[] = []
  const fetch = async (_: unknown, init: RequestInit = {}) => {
    asked.push(JSON.parse(new TextDecoder().decode(init.body as Uint8Array)))
    const answer = answers[Math.min(asked.length, answers.length) - 1]
    if (answer === undefined) throw new Error('nothing is answered')
    return answer()
  }
  const tokens = mkdtempSync(join(tmpdir(), 'procura-lane-'))
  onTestFinished(() => rm(tokens, { recursive: true }))
  writeFileSync(join(tokens, TRANSMITTER.id), 'token', { mode: 0o600 })
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).code) })
  const issuer = { store: { isAway: () => false }, random: () => Uint8Array.of(0) } as unknown as Issuer
  const receiver = { fetch, receive } as unknown as SignalReceiver
  const signal = new AbortController().signal
  return { lane: new TransmitterLane({ issuer, log, receiver, tokens, signal }), asked, logged }
}

const sets = (all: object) => () => Response.json({ sets: all })
const failing = () => new Response(null, { status: 500 })
const NONE = sets({})

it('says again what is done when nobody heard it', async () => {
  const { lane, asked } = open([sets({ one: 'x' }), failing, NONE])
  await lane.run(TRANSMITTER)
  vi.advanceTimersByTime(MINUTE)
  await lane.run(TRANSMITTER)

  expect(asked.slice(1)).toMatchObject([{ ack: ['one'] }, { ack: ['one'] }])
})

it('acknowledges nothing that is not done', async () => {
  const receive = vi
    .fn<SignalReceiver['receive']>(async () => 'done')
    .mockRejectedValueOnce(new Error('the database is away'))
  const { lane, asked } = open([sets({ one: 'x' }), sets({ one: 'x' }), NONE], receive)
  await lane.run(TRANSMITTER)
  vi.advanceTimersByTime(MINUTE)
  await lane.run(TRANSMITTER)

  expect(asked).toMatchObject([{ ack: [] }, { ack: [] }, { ack: ['one'] }])
})

it('is not held up by one that cannot be done', async () => {
  const receive = vi.fn(async (_: unknown, token: string) => {
    if (token === 'bad') throw new Error('it cannot be done')
    return 'done' as const
  })
  const { lane, asked, logged } = open([sets({ one: 'bad', two: 'good' })], receive)
  for (let i = 0; i < 3; i++) {
    await lane.run(TRANSMITTER)
    vi.advanceTimersByTime(MINUTE)
  }

  expect(asked).toMatchObject([{ ack: [] }, { ack: ['two'] }, { ack: ['two'] }])
  expect(logged).toEqual(['signals_not_polled'])
})

it('leaves open what may be good later, says nothing of it, and goes on [L8]', async () => {
  const receive: SignalReceiver['receive'] = async (_, token) => (token === 'new key' ? 'later' : 'done')
  const { lane, asked, logged } = open([sets({ one: 'new key', two: 'x' })], receive)
  for (let i = 0; i < 4; i++) {
    await lane.run(TRANSMITTER)
    vi.advanceTimersByTime(5_000)
  }

  expect(asked.slice(1, 3)).toMatchObject(Array(2).fill({ ack: ['two'], setErrs: {} }))
  expect(asked.length).toBeGreaterThanOrEqual(4)
  expect(logged).toEqual([])
})

it('asks again at once while something comes, and then pauses', async () => {
  const { lane, asked } = open([sets({ one: 'x' }), sets({ two: 'x' }), NONE])
  await lane.run(TRANSMITTER)
  await lane.run(TRANSMITTER)
  expect(asked).toHaveLength(3)
  vi.advanceTimersByTime(5_000)
  await lane.run(TRANSMITTER)
  expect(asked).toHaveLength(4)
})

it('pauses now and then, however much comes', async () => {
  const { lane, asked } = open([sets({ one: 'x' })])
  await lane.run(TRANSMITTER)

  expect(asked).toHaveLength(64)
})

it.each<[what: string, receipt: Receipt]>([
  ['came before', 'again'],
  ['is no good', setError('invalid_key', 'no key of the issuer verifies it')],
  ['may be good later', 'later'],
])('pauses when all that comes %s [L8]', async (_, receipt) => {
  const receive = vi.fn<SignalReceiver['receive']>(async () => receipt).mockResolvedValueOnce('done')
  const { lane, asked, logged } = open([sets({ one: 'x' })], receive)
  await lane.run(TRANSMITTER)
  expect(asked).toHaveLength(2)
  vi.advanceTimersByTime(5_000)
  await lane.run(TRANSMITTER)

  expect(asked).toHaveLength(3)
  expect(logged).toEqual([])
})

it.each<[what: string, answer: () => Response]>([
  ['fails', failing],
  ['redirects', () => new Response(null, { status: 302, headers: { location: 'https://x.example' } })],
  ['answers with something else', () => new Response('[]')],
  ['answers with a list of tokens', () => Response.json({ sets: ['x'] })],
  ['answers without end', () => new Response('x'.repeat(1024 * 1024 + 1))],
])('asks a transmitter that %s ever less often, and raises an alarm until it is over', async (_, answer) => {
  const { lane, asked, logged } = open([answer, answer, answer, NONE])
  for (const pauseMs of [5_000, 10_000, 20_000]) {
    await lane.run(TRANSMITTER)
    vi.advanceTimersByTime(pauseMs - 1)
    const before = asked.length
    await lane.run(TRANSMITTER)
    expect(asked).toHaveLength(before)
    vi.advanceTimersByTime(1)
  }
  expect(logged).toEqual(['signals_not_polled'])
  await lane.run(TRANSMITTER)

  expect(logged).toEqual(['signals_not_polled', 'signals_not_polled'])
})
