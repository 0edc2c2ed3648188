/*
 * A process that opens the store of its first argument and changes it as fast as it can, in many lanes, and writes a
 * line for each change that was acknowledged, at once. Started, starved and killed by store-*.test.ts and the scenario store-kills.
 */
import { existsSync, rmSync, writeSync } from 'node:fs'
import type { IssuedCredential } from '../../src/issuer/issued-credential.ts'
import type { Store } from '../../src/issuer/ports.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open-sqlite-store.ts'
import { systemCodeOf } from '../../src/server/system-code.ts'
import {
  addAgent,
  addOwner,
  done,
  newContext,
  openTenant,
  plan,
  recordSigned,
  registerRun,
  type Whose,
} from './registry-life.ts'

const LANES = 16

/** As long as a signed credential is. */
const TEXT = 'j'.repeat(1_500)

const [file = '', ballast] = process.argv.slice(2)

/** What the parent reads. Written synchronously, so that a line never waits in a buffer that dies with us. */
function tell(line: object): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
  for (let written = 0; written < bytes.length; ) written += writeSome(bytes.subarray(written))
}

/** A pipe that is full takes nothing until the parent has read. */
function writeSome(bytes: Uint8Array): number {
  try {
    return writeSync(1, bytes)
  } catch (error) {
    if (systemCodeOf(error) !== 'EAGAIN') throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    return 0
  }
}

/** Tells of what was acknowledged. @throws when it was refused, or failed. */
async function acknowledged<T extends object>(what: string, writing: Promise<T>): Promise<T> {
  const value = await writing
  tell({ what, ...pick(value) })
  return value
}

function pick(value: object): object {
  const { id, position, lease, state, ownerId, cascadeId } = value as Partial<IssuedCredential> & {
    cascadeId?: string
  }
  return { id, position, lease, state, ownerId, cascadeId }
}

async function issue(store: Store, whose: Whose): Promise<IssuedCredential> {
  const leaseSize = whose.agent === undefined ? 0 : 8
  const planned = await acknowledged('plan', plan(store, whose, { leaseSize }))
  return await acknowledged('credential', recordSigned(store, planned, TEXT))
}

/** One owner's life, with everything that can be acknowledged in it. */
async function live(store: Store): Promise<void> {
  const owner = await acknowledged('owner', addOwner(store))
  await issue(store, { owner })
  const agent = await acknowledged('agent', addAgent(store, owner.id))
  const other = await acknowledged('agent', addAgent(store, owner.id))
  const [first, second] = await Promise.all([
    issue(store, { owner, agent }),
    issue(store, { owner, agent: other }),
  ])
  const [run, short] = await Promise.all([
    acknowledged('run', registerRun(store, first, 0)),
    acknowledged('run', registerRun(store, first, 1)),
  ])
  await acknowledged('complete', done(store.completeRun(short.id, newContext())))
  const leased = { list: second.position.list, index: second.lease[3] ?? -1 }
  await store.revokeLease(leased, 'r', {}, newContext())
  tell({ what: 'lease', position: leased })
  await store.placeHold({ kind: 'agent', id: other.id }, 'admin', 'r', newContext())
  const ending = [
    () => acknowledged('revoke', done(store.revokeDelegation(second.id, 'r', newContext()))),
    () => acknowledged('end', done(store.revokeRun(run.id, 'r', newContext()))),
    () => acknowledged('agent-end', done(store.revokeAgent(agent.id, 'r', newContext()))),
    () => acknowledged('offboard', done(store.offboardOwner(owner.id, 'r', newContext()))),
    () => store.liftHolds({ kind: 'agent', id: other.id }, 'admin', newContext()),
  ]
  await ending[Math.floor(Math.random() * ending.length)]?.()
}

/** A failure of the disk is told and survived, unless the store says that it is gone for good. */
async function lane(store: Store): Promise<void> {
  for (;;) {
    try {
      await live(store)
    } catch (error) {
      tell({ what: 'failure', code: (error as { code?: string }).code ?? String(error) })
      if (ballast !== undefined && existsSync(ballast)) rmSync(ballast)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

const store = await openSqliteStore({ file })
store.onFailure((error) => {
  tell({ what: 'dead', code: (error as { code?: string }).code })
  process.exit(70)
})
await openTenant(store)
tell({ what: 'ready', pid: process.pid })
await Promise.all(Array.from({ length: LANES }, () => lane(store)))
