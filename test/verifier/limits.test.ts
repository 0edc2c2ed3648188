import { beforeEach, describe, expect, it } from 'vitest'
import type { AgentSubject } from '../../src/model/credential.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { Ask } from '../../src/verifier/presentation.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, codeOf, World } from '../helpers/world.ts'

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

/** The verifier's answer when the authority is trusted with these limits: a code, or its facts. */
async function answerTo(
  limits: Partial<TrustEntry>,
  ask: Ask = READ,
  subject: Partial<AgentSubject> = {},
  target = '/inbox',
) {
  const verifier = await started({ trust: [{ ...world.trust, ...limits }] })
  const verdict = await verifier.verify(await world.present(await world.agentChain(subject), { target }), ask)
  return verdict.verified ? ACCEPTED : verdict.refusal
}

const beyond = {
  code: 'not_authorized',
  link: 0,
  dimension: 'mayGrant',
  authenticated: false,
  retryable: false,
}

describe('what an authority may grant here', () => {
  it('is whatever its chains grant, when nothing limits it', async () => {
    expect(await answerTo({})).toBe(ACCEPTED)
  })

  it('is an action that is listed, whatever else its chains grant', async () => {
    const limits = { mayGrant: [{ actions: ['mail.read'] }] }

    expect(await answerTo(limits)).toBe(ACCEPTED)
    expect(await answerTo(limits, { action: 'mail.send' })).toEqual(beyond)
  })

  it('is nothing, when the list is empty', async () => {
    expect(await answerTo({ mayGrant: [] })).toEqual(beyond)
  })

  it('is limited to places, by segment', async () => {
    const limits = { mayGrant: [{ actions: ['mail.read'], locations: ['https://mail.example/inbox/'] }] }

    expect(await answerTo(limits, READ, {}, '/inbox/a')).toBe(ACCEPTED)
    expect(await answerTo(limits, READ, {}, '/inboxes')).toEqual(beyond)
    expect(await answerTo(limits, READ, {}, '/inbox/%2fadmin')).toEqual(beyond)
  })

  it('is limited to resources, and then one has to be named', async () => {
    const limits = { mayGrant: [{ actions: ['mail.read'], identifiers: ['inbox/'] }] }

    expect(await answerTo(limits, { ...READ, identifier: 'inbox/support' })).toBe(ACCEPTED)
    expect(await answerTo(limits, { ...READ, identifier: 'outbox/support' })).toEqual(beyond)
    expect(await answerTo(limits, READ)).toEqual(beyond)
  })

  it('is what one entry covers alone, not several together', async () => {
    const limits = {
      mayGrant: [
        { actions: ['mail.read'], identifiers: ['inbox/'] },
        { actions: ['mail.send'], identifiers: ['outbox/'] },
      ],
    }

    expect(await answerTo(limits, { action: 'mail.send', identifier: 'outbox/a' })).toBe(ACCEPTED)
    expect(await answerTo(limits, { action: 'mail.send', identifier: 'inbox/a' })).toEqual(beyond)
  })

  it('widens nothing: what the chain does not grant stays refused as that', async () => {
    const limits = { mayGrant: [{ actions: ['mail.delete'] }] }

    expect(await answerTo(limits, { action: 'mail.delete' })).toMatchObject({
      code: 'not_authorized',
      dimension: 'actions',
    })
  })

  it('is asked of the authority of the chain only', async () => {
    const other = await World.create()
    const verifier = await started({ trust: [world.trust, { ...other.trust, mayGrant: [] }] })

    expect(codeOf(await verifier.verify(await world.present(await world.agentChain()), READ))).toBe(ACCEPTED)
    expect(await verifier.verify(await other.present(await other.agentChain()), READ)).toMatchObject({
      refusal: beyond,
    })
  })

  it('is not asked of a chain that is only sent in advance', async () => {
    const verifier = await started({ trust: [{ ...world.trust, mayGrant: [] }] })

    expect(await verifier.upload(await world.upload(await world.longChain()))).toMatchObject({
      verified: true,
    })
  })
})

/** The answer of a verifier that has this blocked to the chain of the sub-agent, by way of the agent. */
async function blocking(blocked: TrustEntry['blocked'], subject: Partial<AgentSubject> = {}) {
  const verifier = await started({ trust: [{ ...world.trust, blocked: blocked ?? {} }] })
  const agent = await verifier.verify(await world.present(await world.agentChain(subject)), READ)
  return agent.verified ? ACCEPTED : agent.refusal
}

const blockedAs = (what: string, link: number) => ({
  code: 'not_authorized',
  link,
  dimension: `blocked.${what}`,
  authenticated: false,
  retryable: false,
})

describe('what is blocked', () => {
  it('is an owner, with every agent below', async () => {
    expect(await blocking({ owners: [world.owner.did] })).toEqual(blockedAs('owners', 0))
    expect(await blocking({ owners: [world.agent.did] })).toBe(ACCEPTED)
  })

  it('is an agent by its id or its key, exactly', async () => {
    expect(await blocking({ agents: ['agt_mailer'] })).toEqual(blockedAs('agents', 1))
    expect(await blocking({ agents: [world.agent.did] })).toEqual(blockedAs('agents', 1))
    expect(await blocking({ agents: ['agt_mail', 'AGT_MAILER', world.owner.did] })).toBe(ACCEPTED)
  })

  it('is what an agent has made: with the agent, or alone', async () => {
    const chain = await world.subAgentChain()
    const refusalFor = async (agents: readonly string[]) => {
      const verifier = await started({ trust: [{ ...world.trust, blocked: { agents } }] })
      const verdict = await verifier.verify(
        await world.present(chain, { signer: world.subAgent.signer }),
        READ,
      )
      return verdict.verified ? ACCEPTED : verdict.refusal
    }

    expect(await refusalFor(['agt_mailer'])).toEqual(blockedAs('agents', 1))
    expect(await refusalFor([world.subAgent.did])).toEqual(blockedAs('agents', 2))
    expect(await blocking({ agents: [world.subAgent.did] })).toBe(ACCEPTED)
  })

  it.each<[what: string, software: object, version: string, blocked: boolean]>([
    ['every version', { name: 'mailer' }, '7.0', true],
    ['another software', { name: 'Mailer' }, '7.0', false],
    ['a version', { name: 'mailer', versions: ['1.0', '1.1'] }, '1.1', true],
    ['a version, exactly', { name: 'mailer', versions: ['1.1'] }, '1.1.0', false],
    ['what is older than a minimum', { name: 'mailer', below: '2.1.0' }, '2.0.9', true],
    ['what is older, but not the minimum', { name: 'mailer', below: '2.1.0' }, '2.1.0', false],
    ['what cannot be compared', { name: 'mailer', below: '2.1.0' }, 'nightly', true],
    ['a newer one of a list', { name: 'mailer', versions: ['3.0'], below: '2.1.0' }, '3.0', true],
    ['none that is neither', { name: 'mailer', versions: ['3.0'], below: '2.1.0' }, '2.2', false],
  ])('is software: %s [L9]', async (_, software, version, isBlocked) => {
    const answer = await blocking(
      { software: [{ name: 'sorter' }, software as { name: string }] },
      { software: { name: 'mailer', version } },
    )

    expect(answer).toEqual(isBlocked ? blockedAs('software', 1) : ACCEPTED)
  })

  it('is not what states no software', async () => {
    expect(await blocking({ software: [{ name: 'mailer' }] })).toBe(ACCEPTED)
  })

  it('is refused also when its chain is sent in advance', async () => {
    const verifier = await started({ trust: [{ ...world.trust, blocked: { agents: ['agt_mailer'] } }] })

    expect(await verifier.upload(await world.upload(await world.longChain()))).toMatchObject({
      refusal: blockedAs('agents', 1),
    })
  })
})

const LEVELS = ['password', 'mfa', 'hardware']

describe('how sure the authority is of who the owner is', () => {
  const asked = async (assurance: VerifierOptions['assurance'], ask: Ask = READ) => {
    const verifier = await started(assurance === undefined ? {} : { assurance })
    const verdict = await verifier.verify(await world.present(await world.agentChain()), ask)
    return verdict.verified ? ACCEPTED : verdict.refusal
  }
  const unsure = {
    code: 'not_authorized',
    link: 0,
    dimension: 'assurance',
    authenticated: false,
    retryable: false,
  }

  it('is at least the level that the policy asks for', async () => {
    expect(await asked({ levels: LEVELS, minimum: { '*': 'password' } })).toBe(ACCEPTED)
    expect(await asked({ levels: LEVELS, minimum: { '*': 'mfa' } })).toBe(ACCEPTED)
    expect(await asked({ levels: LEVELS, minimum: { '*': 'hardware' } })).toEqual(unsure)
  })

  it('is asked for by action', async () => {
    const assurance = { levels: LEVELS, minimum: { 'mail.send': 'hardware', '*': 'mfa' } }

    expect(await asked(assurance, READ)).toBe(ACCEPTED)
    expect(await asked(assurance, { action: 'mail.send' })).toEqual(unsure)
  })

  it('is below every minimum when the policy does not know the level', async () => {
    expect(await asked({ levels: ['MFA', 'aal2'], minimum: { '*': 'MFA' } })).toEqual(unsure)
  })

  it('does not matter without a policy, nor to a chain that is only sent in advance', async () => {
    const verifier = await started({ assurance: { levels: ['hardware'], minimum: { '*': 'hardware' } } })

    expect(await asked(undefined)).toBe(ACCEPTED)
    expect(await verifier.upload(await world.upload(await world.longChain()))).toMatchObject({
      verified: true,
    })
  })
})
