import { beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { TrustOption, VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, codeOf, makePerson, World } from '../helpers/world.ts'

let world: World

beforeEach(async () => {
  world = await World.create()
})

const READ = { action: 'mail.read' }
const ACCEPTED = 'verified'

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    ...options,
  })
  await verifier.sync()
  return verifier
}

describe('trust that is replaced', () => {
  const verify = async (verifier: Verifier, from = world) =>
    codeOf(await verifier.verify(await from.present(await from.agentChain()), READ))

  async function warm(trust: readonly TrustOption[] = [world.trust]): Promise<Verifier> {
    const verifier = await started({ trust })
    expect(await verify(verifier)).toBe(ACCEPTED)
    return verifier
  }

  it('takes an authority away at once, with all caches warm [TP-05]', async () => {
    const verifier = await warm()
    verifier.setTrust([])

    expect(await verify(verifier)).toBe('untrusted_authority')
    expect(verifier.status()).toEqual([])
  })

  it('blocks an agent at once and lets it in again, and keeps what was seen of the status', async () => {
    const verifier = await warm()
    const requests = world.site.requests.length
    verifier.setTrust([{ ...world.trust, blocked: { agents: ['agt_mailer'] } }])

    expect(await verify(verifier)).toBe('not_authorized')
    verifier.setTrust([world.trust])
    expect(await verify(verifier)).toBe(ACCEPTED)
    expect(world.site.requests.length).toBe(requests)
  })

  it('also holds for a verification under way [TP-05]', async () => {
    const person = await makePerson()
    const verifier = createVerifier({
      audience: AUDIENCE,
      trust: [world.trust],
      freshness: { '*': 'sensitive' },
      fetch: world.site.fetch,
      clock: world.clock,
      replay: {
        use: () => {
          verifier.setTrust([{ ...world.trust, blocked: { owners: [world.owner.did] } }])
          return Promise.resolve('fresh')
        },
      },
    })
    await verifier.sync()
    const chain = await world.agentChain({ id: person.did })
    const verdict = await verifier.verify(await world.present(chain, { signer: person.signer }), READ)

    expect(verdict).toMatchObject({
      refusal: { code: 'not_authorized', dimension: 'blocked.owners', authenticated: true },
    })
  })

  it('ends what is watched under somebody who is blocked, and nothing else', async () => {
    const verifier = await started()
    const watched = await verifier.verify(await world.present(await world.agentChain()), READ)
    const ended: string[] = []
    if (watched.verified) verifier.watch(watched, ({ dimension = '' }) => ended.push(dimension))

    verifier.setTrust([{ ...world.trust, blocked: { agents: ['agt_other'] } }])
    await Promise.resolve()
    expect(ended).toEqual([])
    verifier.setTrust([{ ...world.trust, blocked: { agents: ['agt_mailer'] } }])
    await Promise.resolve()
    expect(ended).toEqual(['blocked.agents'])
    verifier.close()
  })

  it('adds an authority, whose chains wait for its status', async () => {
    const other = await World.create()
    const sites = [world.site, other.site]
    const verifier = await started({
      fetch: (url, init) => {
        const site = sites.find(({ base }) => String(url).startsWith(`${base}/`)) ?? world.site
        return site.fetch(url, init)
      },
    })
    expect(await verify(verifier, other)).toBe('untrusted_authority')

    verifier.setTrust([world.trust, other.trust])
    expect(await verify(verifier, other)).toBe('status_unavailable')
    expect(await verify(verifier)).toBe(ACCEPTED)
  })

  it('forgets what was seen of an authority whose status lies elsewhere now', async () => {
    const verifier = await warm()
    verifier.setTrust([{ ...world.trust, head: `${world.site.base}/other/head` }])

    expect(await verify(verifier)).toBe('status_unavailable')
  })

  it('forgets chains that were sent in advance under an authority that is gone', async () => {
    const verifier = await started()
    const chain = await world.longChain()
    const refer = async () => codeOf(await verifier.verify(await world.refer(chain), READ))
    await verifier.upload(await world.upload(chain))
    expect(await refer()).toBe(ACCEPTED)

    verifier.setTrust([{ ...world.trust, tenants: ['acme'] }])
    expect(await refer()).toBe(ACCEPTED)
    verifier.setTrust([])
    expect(await refer()).toBe('chain_required')
  })

  it('stays as it was when the new one cannot be read', async () => {
    const verifier = await warm()

    expect(() => verifier.setTrust([{ ...world.trust, tenants: [''] }])).toThrow('trust[0].tenants')
    expect(() => verifier.setTrust(undefined as never)).toThrow('trust must be a list')
    expect(await verify(verifier)).toBe(ACCEPTED)
  })
})

describe('algorithms', () => {
  const verify = async (verifier: Verifier, from: World, signer = from.agent.signer, id = from.agent.did) => {
    const verdict = await verifier.verify(await from.present(await from.agentChain({ id }), { signer }), READ)
    return verdict.verified ? ACCEPTED : verdict.refusal
  }

  it('are all that are known, when the policy names none', async () => {
    world = await World.create('P-256')

    expect(await verify(await started(), world)).toBe(ACCEPTED)
  })

  it('keep out a link that is signed with another [TP-09]', async () => {
    const edwards = await started({ algorithms: ['EdDSA'] })
    expect(await verify(edwards, world)).toBe(ACCEPTED)

    world = await World.create('P-256')
    expect(await verify(await started({ algorithms: ['EdDSA'] }), world)).toMatchObject({
      code: 'unsupported',
      link: 0,
      dimension: 'algorithm',
    })
  })

  it('keep out a presenter who signs with another [TP-09]', async () => {
    const agent = await makePerson('P-256')
    const verifier = await started({ algorithms: ['EdDSA'] })

    expect(await verify(verifier, world, agent.signer, agent.did)).toEqual({
      code: 'unsupported',
      dimension: 'algorithm',
      authenticated: false,
      retryable: false,
    })
  })

  it('keep out status that is signed with another [TP-09]', async () => {
    world = await World.create('P-256')
    const verifier = await started({ algorithms: ['ES256'] })

    expect(verifier.status()).toMatchObject([{ failure: { code: 'unsupported', dimension: 'algorithm' } }])
    expect(await verify(verifier, world)).toMatchObject({ code: 'status_unavailable' })
  })
})
