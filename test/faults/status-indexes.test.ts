import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { formatChainFile } from '../../src/holder/chain-file.ts'
import { leaseJson } from '../helpers/credentials.ts'
import { AGENT_KEY, issueChain } from '../holder/fixtures.ts'

const LOADER = new URL('../helpers/run-from-source.mjs', import.meta.url).href
const SCRIPT = fileURLToPath(new URL('./delegating-process.ts', import.meta.url))
const LEASE = Array.from({ length: 120 }, (_, i) => 1000 + i)

interface Delegating {
  /** The indexes that the process released. */
  readonly indexes: number[]
  readonly code: number | null
}

/** Runs a process that delegates; kills it, without warning, once it has released `killAfter` credentials. */
async function delegateInProcess(environment: NodeJS.ProcessEnv, killAfter: number): Promise<Delegating> {
  const child: ChildProcess = spawn(process.execPath, ['--import', LOADER, SCRIPT], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const indexes: number[] = []
  if (child.stdout === null) throw new Error('stdout is a pipe')
  for await (const line of createInterface({ input: child.stdout })) {
    if (indexes.push(Number(line)) === killAfter) child.kill('SIGKILL')
  }
  await exited
  return { indexes, code: child.exitCode }
}

it('gives no index to two credentials, over two processes and kill -9', async () => {
  const state = await mkdtemp(join(tmpdir(), 'procura-indexes-'))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  const subject = { statusLease: [leaseJson(...LEASE)] }
  const environment = {
    PROCURA_AGENT_KEY: JSON.stringify(AGENT_KEY),
    PROCURA_CREDENTIAL: formatChainFile(await issueChain({ issuedAt: Date.now(), subject })),
    PROCURA_STATE: state,
  }
  const killed = await Promise.all([5, 11].map((count) => delegateInProcess(environment, count)))
  const killedAgain = await Promise.all([17, 2].map((count) => delegateInProcess(environment, count)))
  const rest = await Promise.all(
    [LEASE.length + 1, LEASE.length + 1].map((n) => delegateInProcess(environment, n)),
  )

  const released = [...killed, ...killedAgain, ...rest].flatMap(({ indexes }) => indexes)
  expect(rest.map(({ code }) => code)).toEqual([0, 0])
  expect([...killed, ...killedAgain].map(({ code }) => code)).toEqual([null, null, null, null])
  expect(new Set(released).size).toBe(released.length)
  expect(released.every((index) => LEASE.includes(index))).toBe(true)
  // Each kill may cost the index that was in flight, no more.
  expect(released.length).toBeGreaterThanOrEqual(LEASE.length - 4)
})
