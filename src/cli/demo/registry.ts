import type { JsonObject } from '../../core/json.ts'
import type { Mechanism } from '../../model/chain.ts'
import type { Scene } from './scene.ts'

/** Registers an owner who may read and send mail at the service. Answers the owner's id. */
export async function onboardOwner({ admin, origin }: Scene, name: string): Promise<string> {
  const body = {
    name,
    accountable: name,
    assurance: 'mfa',
    entitlements: [{ type: 'api', locations: [`${origin}/`], actions: ['mail.read', 'mail.send'] }],
  }
  return textOf(await post(admin, '/v1/owners', body), 'id')
}

/** Registers an agent of an owner, with a key that the agents' process has just made. Answers its id. */
export async function registerAgent({ admin, agents }: Scene, owner: string, name: string): Promise<string> {
  const { did } = await agents.call<{ did: string }>('makeKey', { name })
  return textOf(
    await post(admin, '/v1/agents', { owner, did, name, purpose: 'shows what Procura does' }),
    'id',
  )
}

/** Grants an agent `mail.read` and hands it the chain, secured in one mechanism. Answers the id of the delegation. */
export async function grantMailRead(
  scene: Scene,
  agent: string,
  name: string,
  mechanism: Mechanism = 'vc+jwt',
): Promise<string> {
  const { admin, agents, origin } = scene
  const authorizationDetails = [{ type: 'api', locations: [`${origin}/`], actions: ['mail.read'] }]
  const granted = await post(admin, '/v1/delegations', {
    agent,
    authorizationDetails,
    maxDepth: 2,
    mechanism,
  })
  await agents.call('hold', { name, chain: granted.chain })
  return textOf(granted, 'id')
}

/** Does something to a resource: `suspend`, `resume`, `revoke`, `offboard`. */
export async function act(
  scene: Scene,
  path: string,
  body: object = { reason: 'shown in the demo' },
): Promise<string> {
  await post(scene.admin, path, body)
  return 'done'
}

async function post(admin: Scene['admin'], path: string, body: object): Promise<JsonObject> {
  const { json } = await admin.call({ method: 'POST', path, body })
  return (json ?? {}) as JsonObject
}

function textOf(answer: JsonObject, name: string): string {
  const value = answer[name]
  if (typeof value !== 'string') throw new TypeError(`the issuer answered without ${name}`)
  return value
}
