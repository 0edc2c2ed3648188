import { describe, expect, it, onTestFinished } from 'vitest'
import { requireDelegation } from '../../src/adapters/fetch/index.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import { openSqliteStores } from '../../src/stores/index.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { World } from '../helpers/world.ts'
import { temporaryFile } from '../server/store/fixtures.ts'

type Shared = Pick<VerifierOptions, 'usage' | 'replay' | 'chains'>
type Service = (request: Request) => Promise<Response>

/** A process of the service, as far as one knows nothing of another. */
async function processOf(world: World, file: string, share: (stores: Required<Shared>) => Shared) {
  const { close, ...stores } = await openSqliteStores({ file, clock: world.clock })
  onTestFinished(close)
  const verifier = createVerifier({
    audience: 'https://mail.example/',
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    ...share(stores),
  })
  await verifier.sync()
  return requireDelegation({ verifier, ask: { action: 'mail.read' } }, () => new Response('done'))
}

/** An agent, with a chain that no request field holds, of a service whose processes get requests in turns. */
async function agentOf(world: World, services: readonly Service[]) {
  let requests = 0
  const balanced = async (input: string | URL | Request, init?: RequestInit) => {
    const service = services[requests++ % services.length]
    return (await service?.(new Request(input, init))) ?? new Response(null, { status: 502 })
  }
  const chain = await world.longChain()
  const agent = await createAgent({ key: world.agent.signer, chain, clock: world.clock, fetch: balanced })
  return { agent, requests: () => requests }
}

async function answers(agent: Awaited<ReturnType<typeof agentOf>>['agent'], calls: number) {
  const all: number[] = []
  for (let i = 0; i < calls; i++) all.push((await agent.fetch('https://mail.example/inbox')).status)
  return all
}

describe('a service of two processes behind a balancer', () => {
  it('takes a chain in advance once for both, with their stores in one file', async () => {
    const [world, file] = [await World.create(), await temporaryFile()]
    const services = [await processOf(world, file, (all) => all), await processOf(world, file, (all) => all)]
    const { agent, requests } = await agentOf(world, services)

    expect(await answers(agent, 6)).toEqual([200, 200, 200, 200, 200, 200])
    expect(requests()).toBe(7)
  })

  it('asks for it in vain where each process keeps chains for itself, and the agent gives up', async () => {
    const [world, file] = [await World.create(), await temporaryFile()]
    const apart = ({ usage, replay }: Required<Shared>) => ({ usage, replay })
    const services = [await processOf(world, file, apart), await processOf(world, file, apart)]
    const { agent, requests } = await agentOf(world, services)

    expect(await answers(agent, 1)).toEqual([401])
    expect(requests()).toBe(4)
  })
})
