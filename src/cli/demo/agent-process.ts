import { join } from 'node:path'
import {
  type Agent,
  createAgent,
  createLocalSigner,
  fileStorage,
  generateKey,
  type Mechanism,
  type PrivateJwk,
} from '../../holder/index.ts'
import type { Did } from '../../model/did.ts'
import { answerCommands } from './child.ts'

const [directory = '.'] = process.argv.slice(2)
const keys = new Map<string, PrivateJwk>()
const agents = new Map<string, Agent>()

/** Makes a key that never leaves this process. */
async function makeKey({ name }: { name: string }): Promise<{ did: string }> {
  const key = await generateKey('Ed25519')
  keys.set(name, key)
  const { keyId } = await createLocalSigner(key)
  return { did: keyId.split('#')[0] ?? '' }
}

async function hold({ name, chain }: { name: string; chain: readonly string[] }): Promise<void> {
  const key = keys.get(name)
  if (key === undefined) throw new Error(`${name} has no key`)
  agents.set(name, await createAgent({ key, chain, storage: fileStorage(join(directory, name)) }))
}

/** Offline: nobody but this process takes part. */
async function delegate(order: {
  from: string
  to: string
  action: string
  location: string
  mechanism?: Mechanism
}): Promise<{ list: string; index: number }> {
  const { did } = await makeKey({ name: order.to })
  const grant = { type: 'api', locations: [order.location], actions: [order.action] }
  const { mechanism = 'vc+jwt' } = order
  const options = { to: did as Did, grant, lifetime: '10m', name: order.to, mechanism } as const
  const { chain, status } = await agentOf(order.from).delegate(options)
  await hold({ name: order.to, chain })
  if (status === undefined) throw new Error('the delegation has no status index')
  return { list: status.revocation, index: status.index }
}

/** Calls the service; answers with what it said: `allowed`, or the code of the refusal and where it lies. */
async function call({ name, url, method }: { name: string; url: string; method: string }): Promise<string> {
  const response = await agentOf(name).fetch(url, { method })
  if (response.ok) return 'allowed'
  const { code, link, inherited } = (await response.json()) as Record<string, unknown>
  return `${code}${link === undefined ? '' : ` at link ${link}`}${inherited === true ? ' (inherited)' : ''}`
}

function agentOf(name: string): Agent {
  const agent = agents.get(name)
  if (agent === undefined) throw new Error(`there is no agent ${name}`)
  return agent
}

answerCommands({ makeKey, hold, delegate, call })
process.on('SIGTERM', () => process.exit(0))
