import pino from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { Transmitter } from '../../../src/issuer/signal-store.ts'
import { setError } from '../../../src/server/signals/set-error.ts'
import { SignalPoller } from '../../../src/server/signals/signal-poller.ts'
import { SignalReceiver } from '../../../src/server/signals/signal-receiver.ts'
import { newTransmitter } from '../store/fixtures.ts'

const MINUTE = 60_000
const POLLED = { ...newTransmitter(), pollUrl: 'https://login.example/poll' }
const PUSHING = newTransmitter({ id: 'trm_2' })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** No access token is there, so that no look succeeds. */
function open(transmitters: readonly Transmitter[]) {
  const registered = [...transmitters]
  const logged: string[] = []
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) })
  const store = {
    isAway: () => false,
    tenants: async () => [{ id: 'acme' }],
    transmitters: async () => registered,
    publisher: async () => undefined,
  }
  const issuer = { store, clock: Date.now, random: () => Uint8Array.of(0) } as unknown as Issuer
  const receiver = new SignalReceiver(issuer, log)
  const poller = new SignalPoller({ issuer, log, receiver, tokens: undefined })
  poller.start()
  return { registered, receiver, poller, alarms: () => logged.filter((text) => /ALARM|over/.test(text)) }
}

it('ends the alarm about a transmitter that is removed', async () => {
  const { registered, poller, alarms } = open([POLLED])
  await vi.advanceTimersByTimeAsync(MINUTE / 2)
  expect(alarms()).toEqual([expect.stringContaining('ALARM')])

  registered.length = 0
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect(alarms()).toEqual([expect.stringContaining('ALARM'), expect.stringContaining('over')])
  await poller.close()
})

it('forgets what it refused of a transmitter that is removed, and of no other', async () => {
  const { registered, receiver, poller } = open([POLLED, PUSHING])
  const error = setError('invalid_key', 'no key of the issuer verifies it')
  for (const transmitter of [POLLED, PUSHING]) receiver.refused(transmitter, error)
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect([receiver.refusals(POLLED.id)?.count, receiver.refusals(PUSHING.id)?.count]).toEqual([1, 1])

  registered.shift()
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect([receiver.refusals(POLLED.id), receiver.refusals(PUSHING.id)?.count]).toEqual([undefined, 1])
  await poller.close()
})
