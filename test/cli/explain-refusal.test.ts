import { describe, expect, it } from 'vitest'
import { explainRefusal, type RefusalContext } from '../../src/cli/verify/explain-refusal.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import { readLink, World } from '../helpers/world.ts'

const context: RefusalContext = {
  links: [],
  ask: { action: 'mail.read' },
  audience: 'https://mail.example',
  environment: 'production',
}

describe('explainRefusal', () => {
  it.each(REFUSAL_CODES)('says what would mend %s, also when nothing can be read of the chain', (code) => {
    const { what, link, fix } = explainRefusal({ code, link: 3 }, context)

    expect(what).toContain('Link 3')
    expect(link).toBeUndefined()
    expect(fix.length).toBeGreaterThan(10)
    expect(fix).not.toContain('undefined')
  })

  it.each([
    ['emergency', 'another DID (procura owner rotate ID --grace 0)', 'issues the credential'],
    [undefined, 'an admin issues the credential', 'another DID'],
  ])('says what mends a link 0 that is revoked with the dimension %s', (dimension, said, notSaid) => {
    const refusal = { code: 'revoked', link: 0, ...(dimension && { dimension }) } as const
    const { fix } = explainRefusal(refusal, context)

    expect(fix).toContain(said)
    expect(fix).not.toContain(notSaid)
  })

  it.each([
    [undefined, 'fetch the chain again: procura grant fetch'],
    [0, 'an admin issues the credential of the owner anew'],
    [1, 'procura grant create'],
  ])('names who can make link %s again', (link, who) => {
    const refusal =
      link === undefined ? ({ code: 'malformed' } as const) : ({ code: 'malformed', link } as const)

    expect(explainRefusal(refusal, context).fix).toContain(who)
  })

  it('says when the link ended, and who delegates anew', async () => {
    const world = await World.create()
    const links = await Promise.all((await world.subAgentChain()).map(readLink))

    const { link, fix } = explainRefusal({ code: 'expired', link: 2 }, { ...context, links })

    expect(link).toContain(`${world.agent.did} → ${world.subAgent.did}`)
    expect(fix).toBe(
      `it ended at 2026-11-22 09:15:00 UTC; ${world.agent.did} delegates anew: procura delegate`,
    )
  })

  it('says of an inheriting link what it grants', async () => {
    const world = await World.create()
    const links = await Promise.all(
      (await world.agentChain({ authorizationDetails: 'inherit' })).map(readLink),
    )

    expect(explainRefusal({ code: 'not_authorized', link: 1 }, { ...context, links }).link).toContain(
      'grants what the owner may pass on',
    )
  })

  it.each([
    ['an identifier is needed', {}, { dimension: 'identifiers' }, 'say which one with --identifier'],
    ['the identifier does not fit', { identifier: 'a' }, { dimension: 'identifiers' }, 'on a; '],
    ['the owner presents alone', {}, { dimension: 'owner_in_person' }, 'present the chain of an agent'],
  ])('knows when %s', (_, ask, facts, fix) => {
    const asked = { ...context, ask: { ...context.ask, ...ask } }

    expect(explainRefusal({ code: 'not_authorized', ...facts }, asked).fix).toContain(fix)
  })

  it('hands on why status could not be read', () => {
    const problem = { ...context, syncProblem: 'the network is down' }

    expect(explainRefusal({ code: 'status_unavailable' }, problem).fix).toBe('the network is down')
  })
})
