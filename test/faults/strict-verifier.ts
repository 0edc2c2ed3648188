import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent, memoryStorage } from '../../src/holder/index.ts'
import { createVerifier, type Verifier } from '../../src/verifier/index.ts'
import { Client, type Party } from './service-load.ts'
import type { ServiceWorld } from './service-world.ts'

const AUDIENCE = 'https://mail.example/'

/** Looks, a tenth of a second apart, until a verdict is given up. */
const TRIES = 30

/**
 * Issues, sees it accepted, revokes, and sees it refused once that is published (INV4). By a service provider that has just started:
 * here keys sign at once, which one that holds the document of before does not know.
 */
export async function judgeVerifying(world: ServiceWorld): Promise<void> {
  const trust = [world.initialized.tenant.authority]
  const verifier = createVerifier({ audience: AUDIENCE, trust, freshness: { '*': 'critical' } })
  const client = new Client(world)
  const party = await client.party()
  const delegation = await client.issue(party)
  const asked = { verifier, party, chain: delegation.chain }
  const accepted = await codeOf(asked, 'verified')
  if (accepted !== 'verified') world.counts.violate('conduct', `what was issued is refused: ${accepted}`)
  await client.revoke(delegation)
  const refused = await codeOf(asked, 'revoked')
  if (refused !== 'revoked') world.counts.violate('INV4', `what was revoked is ${refused}`)
  world.counts.add('verdicts', 2)
  verifier.close()
}

interface Asked {
  readonly verifier: Verifier
  readonly party: Party
  readonly chain: readonly string[]
}

/** The verdict that is awaited, or the last one. */
async function codeOf(asked: Asked, awaited: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    await asked.verifier.sync()
    const code = await verdictOn(asked)
    if (code === awaited || tries === TRIES) return code
    await sleep(100)
  }
}

async function verdictOn({ verifier, party, chain }: Asked): Promise<string> {
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const { method, headers, url } = new Request(input, init)
    const header = (name: string) => headers.get(name) ?? undefined
    const request = { method, target: new URL(url).pathname, header }
    const verdict = await verifier.verify(request, { action: 'mail.read' })
    return new Response(verdict.verified ? 'verified' : verdict.refusal.code)
  }
  const agent = await createAgent({ key: party.caller.signer, chain, storage: memoryStorage(), fetch })
  return (await agent.fetch(`${AUDIENCE}inbox`)).text()
}
