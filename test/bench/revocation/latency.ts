import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  DEFAULT_HEARTBEAT_SECONDS,
  HEAD_CACHE_SECONDS,
  MAX_POLL_SECONDS,
} from '../../../src/status/freshness.ts'
import { percentile } from '../issue/in-flight.ts'
import type { Progress } from '../measure.ts'
import { type Aim, type Row, rowOf } from '../rows.ts'
import { Fleet } from './fleet.ts'
import { type Granted, ServedIssuer } from './world.ts'

/** Verifiers; the rows of 10 have the targets. */
const COUNTS = [10, 1, 100] as const
const WITH_TARGET = 10

/** Revocations that are pushed, one after the other. */
const PUSHED: Readonly<Record<(typeof COUNTS)[number], number>> = { 1: 100, 10: 100, 100: 40 }
const WARMUP = 5

/** Longer than commits pause, so that a revocation finds nothing under way; and as long again by chance, in milliseconds. */
const IDLE_MS = 260

/** Revocations that are found by looking, so far apart that they fall anywhere between two looks, in milliseconds. */
const PULLED = 30
const PULLED_APART_MS = 1_500

const PUSH_P50_MS = 300
const PUSH_P99_MS = 1_000

/** Epoch, heartbeat, poll and cache age as they are when nobody says anything, in milliseconds. */
const EPOCH_SECONDS = 5
const PULL_P99_MS = (EPOCH_SECONDS + DEFAULT_HEARTBEAT_SECONDS + MAX_POLL_SECONDS + HEAD_CACHE_SECONDS) * 1000

/** From the issuer's acknowledgement of a revocation over HTTP to the first refusal by verifiers that are asked each millisecond. */
export async function* latencyRows(progress: Progress, isQuick: boolean): AsyncGenerator<Row> {
  const issuer = await ServedIssuer.start()
  try {
    for (const count of COUNTS) {
      progress(`revoke_to_refused.push, ${count} verifiers`)
      const rounds = isQuick ? PUSHED[count] / 5 : PUSHED[count]
      yield* rowsOf(
        'push',
        count,
        await withFleet(issuer, count, true, (fleet) => pushed(issuer, fleet, rounds)),
      )
    }
    for (const count of isQuick ? [WITH_TARGET] : COUNTS) {
      progress(`revoke_to_refused.pull, ${count} verifiers`)
      yield* rowsOf('pull', count, await withFleet(issuer, count, false, (fleet) => pulled(issuer, fleet)))
    }
  } finally {
    await issuer.close()
  }
}

const AIMS: Readonly<Record<string, Aim>> = {
  push_p50: { atMost: PUSH_P50_MS },
  push_p99: { atMost: PUSH_P99_MS },
  pull_p99: { atMost: PULL_P99_MS },
}

function* rowsOf(way: 'push' | 'pull', count: number, times: readonly number[]): Generator<Row> {
  for (const part of [50, 99]) {
    const name = `${way}_p${part}`
    const value = percentile(times, part / 100)
    if (count === WITH_TARGET) yield rowOf(`revoke_to_refused.${name}`, value, 'ms', AIMS[name])
    else yield rowOf(`revoke_to_refused.${name}.verifiers_${count}`, value, 'ms')
  }
}

async function withFleet(
  { place }: ServedIssuer,
  count: number,
  push: boolean,
  measure: (fleet: Fleet) => Promise<readonly number[]>,
): Promise<readonly number[]> {
  const fleet = await Fleet.start(count, { trust: place.initialized.trust, push })
  try {
    return await measure(fleet)
  } finally {
    await fleet.close()
  }
}

async function pushed(issuer: ServedIssuer, fleet: Fleet, rounds: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds + WARMUP; round++) {
    const granted = await issuer.grant()
    await fleet.watch(granted)
    await pause(IDLE_MS + randomInt(IDLE_MS))
    const taken = await revoke(issuer, fleet, granted)
    if (round >= WARMUP) times.push(...taken)
  }
  return times
}

async function pulled(issuer: ServedIssuer, fleet: Fleet): Promise<readonly number[]> {
  const waiting: Promise<readonly number[]>[] = []
  for (let i = 0; i < PULLED; i++) {
    const granted = await issuer.grant()
    await fleet.watch(granted)
    waiting.push(revoke(issuer, fleet, granted))
    await pause(PULLED_APART_MS)
  }
  return (await Promise.all(waiting)).flat()
}

/** Milliseconds until each verifier refused it. */
async function revoke(issuer: ServedIssuer, fleet: Fleet, granted: Granted): Promise<readonly number[]> {
  const refused = fleet.refused(granted)
  const acknowledged = await issuer.revoke(granted)
  return (await refused).map((at) => Number(at - acknowledged) / 1e6)
}
