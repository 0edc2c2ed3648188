import { beforeAll, describe, expect, it } from 'vitest'
import { parseChain } from '../../src/delegation/parse-chain.ts'
import { discloseChain } from '../../src/holder/disclose-chain.ts'
import type { Grant } from '../../src/model/grant.ts'
import { parseLocation } from '../../src/model/location.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { AUDIENCE, codeOf, mailGrant, readLink, World } from '../helpers/world.ts'

const ORIGIN = 'https://mail.example'

function at(url: string, ...actions: string[]): Grant {
  const location = parseLocation(url)
  if (location === undefined) throw new Error('the location of the test is none')
  return mailGrant({ locations: [location], actions })
}

const GRANTS = [
  at(`${ORIGIN}/inbox/`, 'mail.read'),
  at(`${ORIGIN}/inbox/`, 'mail.delete'),
  at(`${ORIGIN}/outbox/`, 'mail.send'),
  at('https://bank.example/', 'payment.initiate'),
]

let world: World
let verifier: Verifier
/** Links 0 and 1 as SD-JWTs with four entries each, link 2 as a document with a proof. */
let chain: readonly string[]

beforeAll(async () => {
  world = await World.create()
  verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    clock: world.clock,
    fetch: world.site.fetch,
  })
  await verifier.sync()
  const credential = world.ownerCredential()
  const subject = { ...credential.subject, authorizationDetails: GRANTS }
  const owner = await world.sign({ ...credential, subject }, world.authority.signer, 'vc+sd-jwt')
  const delegation = world.agentCredential({ authorizationDetails: GRANTS })
  chain = [owner, await world.sign(delegation, world.owner.signer, 'vc+sd-jwt')]
})

async function shownActions(texts: readonly string[]): Promise<readonly (readonly string[])[]> {
  const links = acceptedValue(await parseChain(texts))
  return links.map(({ credential: { subject } }) =>
    subject.authorizationDetails === 'inherit'
      ? []
      : subject.authorizationDetails.flatMap(({ actions }) => actions),
  )
}

async function verify(texts: readonly string[], action: string, target = '/inbox/1'): Promise<string> {
  return codeOf(await verifier.verify(await world.present(texts, { target }), { action }))
}

describe('discloseChain', () => {
  it.each([
    ['an origin', { origin: ORIGIN }, ['mail.read', 'mail.delete', 'mail.send']],
    ['a path', { origin: ORIGIN, path: '/inbox/1' }, ['mail.read', 'mail.delete']],
    ['a path and an action', { origin: ORIGIN, path: '/inbox/1', actions: ['mail.read'] }, ['mail.read']],
    ['an action', { origin: 'https://bank.example', actions: ['payment.initiate'] }, ['payment.initiate']],
    ['what was never granted', { origin: ORIGIN, actions: ['mail.admin'] }, []],
  ])('shows of each link what is for %s', async (_name, purpose, actions) => {
    expect(await shownActions(await discloseChain(chain, purpose))).toEqual([actions, actions])
  })

  it('leaves a chain that is good for what it shows, and for nothing else', async () => {
    const shown = await discloseChain(chain, { origin: ORIGIN, path: '/inbox/1', actions: ['mail.read'] })

    expect(await verify(shown, 'mail.read')).toBe('verified')
    expect(await verify(shown, 'mail.delete')).toBe('not_authorized')
    expect(await verify(chain, 'mail.delete')).toBe('verified')
  })

  it('leaves the links below bound to their parent, which says the same however much it shows', async () => {
    const grant = at(`${ORIGIN}/inbox/`, 'mail.read')
    const derived = world.derivedCredential(await readLink(chain[1] ?? ''), { authorizationDetails: [grant] })
    const last = await world.sign(derived, world.agent.signer, 'eddsa-jcs-2022')
    const shown = await discloseChain([...chain, last], { origin: ORIGIN, actions: ['mail.read'] })
    const request = await world.present(shown, { target: '/inbox/1', signer: world.subAgent.signer })

    expect(codeOf(await verifier.verify(request, { action: 'mail.read' }))).toBe('verified')
    expect(shown[2]).toBe(last)
  })

  it('cannot hide what a link below relies upon', async () => {
    const grant = at(`${ORIGIN}/inbox/`, 'mail.read')
    const derived = world.derivedCredential(await readLink(chain[1] ?? ''), { authorizationDetails: [grant] })
    const last = await world.sign(derived, world.agent.signer)
    const [root = ''] = chain
    const [, parent = ''] = await discloseChain(chain, { origin: ORIGIN, actions: ['mail.delete'] })
    const request = await world.present([root, parent, last], { signer: world.subAgent.signer })

    expect(codeOf(await verifier.verify(request, { action: 'mail.read' }))).toBe('capability_escalated')
  })

  it('leaves links in other mechanisms as they are', async () => {
    const texts = await world.mixedChain('vc+jwt', 'eddsa-jcs-2022', 'vc+jwt')

    expect(await discloseChain(texts, { origin: 'https://other.example' })).toBe(texts)
  })
})
