/*
 * A process that delegates with the agent of its environment until the lease is used up, and writes the index of
 * each credential once it is released. Started, and killed, by status-indexes.test.ts.
 */
import { ProcuraError } from '../../src/errors.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'

const agent = await createAgent.fromEnv()
const grant = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
const to = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

try {
  for (;;) {
    const { status } = await agent.delegate({ to, grant, lifetime: '10m' })
    process.stdout.write(`${status?.index}\n`)
  }
} catch (error) {
  const isExhausted = error instanceof ProcuraError && error.code === 'ERR_PROCURA_LEASE_EXHAUSTED'
  if (!isExhausted) throw error
}
