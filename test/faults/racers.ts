import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { RaceOrder, RaceReport } from './race-process.ts'

const PROCESS = fileURLToPath(new URL('./race-process.ts', import.meta.url))
const LOADER = new URL('../helpers/run-from-source.mjs', import.meta.url).href

/** A process of its own that works on a registry which others work on, too. */
export interface Racer {
  work(order: RaceOrder): Promise<RaceReport>
  end(): void
}

export async function startRacer(database: string): Promise<Racer> {
  const child = fork(PROCESS, [database], {
    execArgv: ['--import', LOADER],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await next(child)
  return {
    work: async (order) => {
      const answer = next(child)
      child.send(order)
      return (await answer) as RaceReport
    },
    end: () => void child.kill('SIGKILL'),
  }
}

function next(child: ChildProcess): Promise<unknown> {
  const settled = new AbortController()
  const { signal } = settled
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('a racing process ended')
  })
  const answered = once(child, 'message', { signal }).then(([message]) => message as unknown)
  const first = Promise.race([answered, ended])
  for (const one of [answered, ended, first]) one.catch(() => undefined)
  return first.finally(() => settled.abort())
}
