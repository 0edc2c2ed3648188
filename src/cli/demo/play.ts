import { act, grantMailRead, onboardOwner, registerAgent } from './registry.ts'
import type { Scene } from './scene.ts'
import type { DemoReport, Steps } from './steps.ts'

const HELPERS = ['calendar', 'translator', 'archivist'] as const

/** A sub-agent and the leased index by which it alone can be revoked. */
interface Leased {
  readonly list: string
  readonly index: number
}

/** The whole story, in the order in which it is told. */
export async function play(scene: Scene, steps: Steps): Promise<DemoReport> {
  const { agent, delegation } = await welcome(scene, steps)
  const sorter = await callAndDelegate(scene, steps)
  await suspendAndResume(scene, steps, delegation)
  await stopTheIssuer(scene, steps)
  await revokeTheSubAgent(scene, steps, sorter)
  await mixMechanisms(scene, steps)
  const revokeToRefusedMs = await revokeTheAgent(scene, steps, delegation)
  await offboardAnOwner(scene, steps)
  const { issuerCallsDuringVerify } = await scene.service.call<{ issuerCallsDuringVerify: number }>('counts')
  const ok = agent !== '' && steps.taken.every((step) => step.ok) && issuerCallsDuringVerify === 0
  return { steps: steps.taken, revokeToRefusedMs, issuerCallsDuringVerify, ok }
}

async function welcome(scene: Scene, steps: Steps): Promise<{ agent: string; delegation: string }> {
  let agent = ''
  let delegation = ''
  await steps.once('Ada, an owner, grants her mail agent "mail.read"', 'granted', async () => {
    agent = await registerAgent(scene, await onboardOwner(scene, 'Ada'), 'mailer')
    delegation = await grantMailRead(scene, agent, 'mailer')
    return 'granted'
  })
  return { agent, delegation }
}

async function callAndDelegate(scene: Scene, steps: Steps): Promise<Leased> {
  const { agents, origin } = scene
  let sorter: Leased = { list: '', index: -1 }
  await steps.until('the agent reads the inbox', 'allowed', read(scene, 'mailer'))
  await steps.once('the agent tries to send mail, which it was not granted', 'not_authorized at link 1', () =>
    agents.call('call', { name: 'mailer', url: `${origin}/outbox`, method: 'POST' }),
  )
  await steps.once('the agent delegates to two sub-agents, offline', 'delegated', async () => {
    const order = { from: 'mailer', action: 'mail.read', location: `${origin}/` }
    sorter = await agents.call<Leased>('delegate', { ...order, to: 'sorter' })
    await agents.call('delegate', { ...order, to: 'reader' })
    return 'delegated'
  })
  await steps.once('the sub-agent reads the inbox', 'allowed', read(scene, 'sorter'))
  return sorter
}

async function suspendAndResume(scene: Scene, steps: Steps, delegation: string): Promise<void> {
  await steps.once('Ada suspends the delegation', 'done', () =>
    act(scene, `/v1/delegations/${delegation}/suspend`),
  )
  await steps.until('the agent reads the inbox', 'suspended at link 1', read(scene, 'mailer'))
  await steps.once('Ada resumes it', 'done', () => act(scene, `/v1/delegations/${delegation}/resume`, {}))
  await steps.until('the agent reads the inbox', 'allowed', read(scene, 'mailer'))
}

async function stopTheIssuer(scene: Scene, steps: Steps): Promise<void> {
  await steps.once('the issuer is stopped', 'stopped', async () => {
    await scene.issuer.stop()
    return 'stopped'
  })
  await steps.once('the agent reads the inbox, with no issuer anywhere', 'allowed', read(scene, 'mailer'))
  await steps.once('the sub-agent does, too', 'allowed', read(scene, 'sorter'))
  await steps.once('the issuer is started again, on the data that it left', 'started', async () => {
    await scene.issuer.start()
    return 'started'
  })
}

async function revokeTheSubAgent(scene: Scene, steps: Steps, { list, index }: Leased): Promise<void> {
  const body = { statusListCredential: list, statusListIndex: String(index), reason: 'shown in the demo' }
  await steps.once('the sub-agent alone is revoked, by the index it was leased', 'done', () =>
    act(scene, '/v1/leases/revoke', body),
  )
  await steps.until('the sub-agent reads the inbox', 'revoked at link 2', read(scene, 'sorter'))
  await steps.once('its parent reads the inbox', 'allowed', read(scene, 'mailer'))
  await steps.once('its sibling does, too', 'allowed', read(scene, 'reader'))
}

/** Links 0 and 1 as SD-JWTs, link 2 with a Data Integrity proof: one chain, verified as any other. */
async function mixMechanisms(scene: Scene, steps: Steps): Promise<void> {
  const { agents, origin } = scene
  let delegation = ''
  await steps.once('Joan grants an agent "mail.read" as an SD-JWT', 'granted', async () => {
    const agent = await registerAgent(scene, await onboardOwner(scene, 'Joan'), 'mixer')
    delegation = await grantMailRead(scene, agent, 'mixer', 'vc+sd-jwt')
    return 'granted'
  })
  await steps.once('it delegates with a Data Integrity proof, offline', 'delegated', async () => {
    const order = { from: 'mixer', to: 'mixed', action: 'mail.read', location: `${origin}/` }
    await agents.call('delegate', { ...order, mechanism: 'eddsa-jcs-2022' })
    return 'delegated'
  })
  await steps.until('its sub-agent reads the inbox, with a chain of both', 'allowed', read(scene, 'mixed'))
  await steps.once("Joan revokes her agent's delegation", 'done', () =>
    act(scene, `/v1/delegations/${delegation}/revoke`),
  )
  await steps.until('its sub-agent reads the inbox', 'revoked at link 1 (inherited)', read(scene, 'mixed'))
}

async function revokeTheAgent(scene: Scene, steps: Steps, delegation: string): Promise<number> {
  await steps.once("Ada revokes the agent's delegation", 'done', () =>
    act(scene, `/v1/delegations/${delegation}/revoke`),
  )
  const { ms } = await steps.until('the agent reads the inbox', 'revoked at link 1', read(scene, 'mailer'))
  await steps.once(
    'the sub-agent that was never revoked reads the inbox',
    'revoked at link 1 (inherited)',
    read(scene, 'reader'),
  )
  return ms
}

async function offboardAnOwner(scene: Scene, steps: Steps): Promise<void> {
  let owner = ''
  await steps.once('Grace, another owner, has three agents', 'granted', async () => {
    owner = await onboardOwner(scene, 'Grace')
    for (const name of HELPERS) await grantMailRead(scene, await registerAgent(scene, owner, name), name)
    return 'granted'
  })
  for (const name of HELPERS) {
    await steps.until(`her agent "${name}" reads the inbox`, 'allowed', read(scene, name))
  }
  await steps.once('Grace leaves: she is offboarded', 'done', () =>
    act(scene, `/v1/owners/${owner}/offboard`),
  )
  for (const name of HELPERS) {
    await steps.until(
      `her agent "${name}" reads the inbox`,
      'revoked at link 0 (inherited)',
      read(scene, name),
    )
  }
}

function read({ agents, origin }: Scene, name: string): () => Promise<string> {
  return () => agents.call('call', { name, url: `${origin}/inbox`, method: 'GET' })
}
