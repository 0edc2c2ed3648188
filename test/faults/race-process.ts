/*
 * A process that opens the registry of its first argument and does, in many lanes, what it is told: issue so many credentials for
 * one agent, or revoke those that it is given. Answers with what was acknowledged. Started by racers.ts.
 */

import { ProcuraError } from '../../src/errors.ts'
import { done, issue, newContext, openRegistry, type Whose } from './registry-life.ts'

/** Calls under way at the same time, so that they travel together and meet those of others. */
const LANES = 64

export type RaceOrder =
  | { readonly issue: number; readonly whose: Whose }
  | { readonly revoke: readonly string[] }

export interface RaceIssued {
  readonly id: string
  readonly list: number
  readonly index: number
}

export interface RaceReport {
  readonly issued: readonly RaceIssued[]
  readonly revoked: readonly string[]
  /** How often the database could not do it in time, which a caller would hear as 503. */
  readonly unavailable: number
  readonly failures: readonly string[]
}

const store = await openRegistry(process.argv[2] ?? '')

process.on('message', (order: RaceOrder) => {
  work(order).then(
    (report) => process.send?.(report),
    (error: unknown) =>
      process.send?.({ issued: [], revoked: [], unavailable: 0, failures: [String(error)] }),
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

async function work(order: RaceOrder): Promise<RaceReport> {
  const issued: RaceIssued[] = []
  const revoked: string[] = []
  const failures: string[] = []
  let unavailable = 0
  const fail = (error: unknown) => {
    if (error instanceof ProcuraError && error.code === 'ERR_PROCURA_STORAGE') unavailable++
    else failures.push(String(error))
  }
  const jobs =
    'issue' in order
      ? Array.from({ length: order.issue }, () => async () => {
          const { id, position } = await issue(store, order.whose)
          issued.push({ id, ...position })
        })
      : order.revoke.map((id) => async () => {
          await done(store.revokeDelegation(id, 'raced', newContext()))
          revoked.push(id)
        })
  const rest = [...jobs].reverse()
  const lane = async () => {
    for (let job = rest.pop(); job !== undefined; job = rest.pop()) await job().catch(fail)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return { issued, revoked, unavailable, failures }
}
