import { beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifiedPresentation } from '../../src/verifier/verdict.ts'
import { verifyReceipt } from '../../src/verifier/verify-receipt.ts'
import { makeProvider, receiptFor } from '../helpers/receipts.ts'
import { AUDIENCE, codeOf, mailGrant, World } from '../helpers/world.ts'

/*
 * What the verifier keeps, and what its caller holds, are two things: neither changes the other.
 */

const READ = { action: 'mail.read' }

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
  })
  await verifier.sync()
})

describe('a verdict', () => {
  async function accepted(tokens: readonly string[], signer = world.agent.signer) {
    const verdict = await verifier.verify(await world.present(tokens, { signer }), READ)
    expect(codeOf(verdict)).toBe('verified')
    return verdict as VerifiedPresentation
  }

  it('does not let the application widen what the next request is granted', async () => {
    const tokens = await world.agentChain({ authorizationDetails: [mailGrant({ actions: ['mail.read'] })] })
    const { grant } = await accepted(tokens)
    const [entry] = grant as unknown as { actions: string[]; constraints?: unknown }[]

    expect(() => entry?.actions.push('mail.purge')).toThrow(TypeError)
    expect(() => (grant as unknown as unknown[]).pop()).toThrow(TypeError)
    expect(() => delete entry?.constraints).toThrow(TypeError)
    const next = await verifier.verify(await world.present(tokens), { action: 'mail.purge' })
    expect(codeOf(next)).toBe('not_authorized')
    expect((await accepted(tokens)).grant).toEqual(grant)
  })

  it('does not let the application change the lineage of a run', async () => {
    const tokens = await world.subAgentChain({ lineage: { rootTask: 'task-1' } })
    const { lineage } = await accepted(tokens, world.subAgent.signer)

    expect(() => Object.assign(lineage ?? {}, { rootTask: 'task-2' })).toThrow(TypeError)
    expect((await accepted(tokens, world.subAgent.signer)).lineage).toEqual({ rootTask: 'task-1' })
  })
})

describe('what is kept of links', () => {
  /** What the last link grants: the same object for as long as the link is kept. */
  async function grantOf(tokens: readonly string[]) {
    const verdict = await verifier.verify(await world.present(tokens), READ)
    expect(codeOf(verdict)).toBe('verified')
    return (verdict as VerifiedPresentation).grant
  }

  it('is kept for the next request', async () => {
    const tokens = await world.agentChain()

    expect(await grantOf(tokens)).toBe(await grantOf(tokens))
    expect(await grantOf(await world.agentChain({ purpose: 'else' }))).not.toBe(await grantOf(tokens))
  })

  it('is forgotten with the authority, and kept again when it is trusted again', async () => {
    const tokens = await world.agentChain()
    const before = await grantOf(tokens)
    verifier.setTrust([])
    verifier.setTrust([world.trust])
    await verifier.sync()
    const after = await grantOf(tokens)

    expect(after).toEqual(before)
    expect(after).not.toBe(before)
    expect(await grantOf(tokens)).toBe(after)
  })
})

describe('what a verdict says of its links', () => {
  it('has the names that their signers gave them, and no others', async () => {
    const tokens = await world.agentChain({ name: 'Mailer' })
    const verdict = (await verifier.verify(await world.present(tokens), READ)) as VerifiedPresentation
    const [owner, agent] = verdict.chain

    expect(agent).toMatchObject({ subject: world.agent.did, name: 'Mailer' })
    expect(Object.keys(owner ?? {})).toEqual(['id', 'issuer', 'subject', 'validUntil'])
  })
})

describe('what a verdict says of what an agent made', () => {
  async function saidOf(subject: Parameters<World['subAgentChain']>[0]) {
    const request = await world.present(await world.subAgentChain(subject), {
      signer: world.subAgent.signer,
    })
    const verdict = await verifier.verify(request, READ)
    expect(codeOf(verdict)).toBe('verified')
    return verdict as VerifiedPresentation
  }

  it('has a run only of a run, and no lineage that nobody asserted', async () => {
    expect(Object.keys(await saidOf({}))).not.toEqual(expect.arrayContaining(['run']))
    expect(Object.keys(await saidOf({}))).not.toEqual(expect.arrayContaining(['lineage']))
    const run = await saidOf({ kind: 'Run', lineage: { rootTask: 'triage' } })
    expect(run).toMatchObject({ run: expect.stringMatching(/^urn:uuid:/), lineage: { rootTask: 'triage' } })
  })

  it('has its own purpose, or else that of the agent', async () => {
    expect((await saidOf({ purpose: 'sorts mail' })).purpose).toBe('sorts mail')
    expect((await saidOf({})).purpose).toBe('answers support mail')
  })
})

describe('what was asked', () => {
  it('stands in the receipt as it was when it was decided [RC-02]', async () => {
    const provider = await makeProvider(world)
    const ask = { ...READ, identifier: 'inbox/a', arguments: { to: 'ada' } }
    const request = await world.present(await world.agentChain())
    const verdict = await provider.verifier.verify(request, ask)
    const before = await verifyReceipt(await receiptFor(verdict, provider), { did: provider.person.did })

    Object.assign(ask, { action: 'mail.purge', identifier: 'inbox/b' })
    ask.arguments.to = 'eve'

    const after = await verifyReceipt(await receiptFor(verdict, provider), { did: provider.person.did })
    expect(after).toMatchObject({ ask: { action: 'mail.read', identifier: 'inbox/a' } })
    expect(after).toEqual(before)
  })

  it('is as if it had no arguments where they cannot be copied', async () => {
    const constraints = [{ kind: 'one_of' as const, on: ['to'], values: ['ada'] }]
    const tokens = await world.agentChain({ authorizationDetails: [mailGrant({ constraints })] })
    const asked = async (args: object) =>
      codeOf(
        await verifier.verify(await world.present(tokens), { ...READ, arguments: { to: 'ada', ...args } }),
      )

    expect(await asked({ cc: 'bob' })).toBe('verified')
    expect(await asked({ cc: (() => 'bob') as never })).toBe('constraint_violated')
  })

  it('is told in a receipt only if it can be read back', async () => {
    const provider = await makeProvider(world)
    const tokens = await world.agentChain()
    const decided = async (identifier: unknown) =>
      provider.verifier.verify(await world.present(tokens), { ...READ, identifier: identifier as string })

    expect(await receiptFor(await decided('inbox/a'), provider)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    await expect(receiptFor(await decided(['inbox/a', 'inbox/b']), provider)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
      message: expect.stringContaining('ask.identifier'),
    })
  })

  it.each(['mcp', '', 'https://mail.example/mcp'])('takes place at a path, not at "%s"', async (target) => {
    const token = await world.token(await world.agentChain())

    expect(codeOf(await verifier.verifyToken(token, READ, { target: '/mcp' }))).not.toBe('malformed')
    await expect(verifier.verifyToken(token, READ, { target })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
      message: expect.stringContaining('target'),
    })
  })
})

describe('the policy', () => {
  it('does not change with the lists that it was made of', async () => {
    const levels = ['mfa', 'hardware']
    const statusOrigins = [...world.trust.statusOrigins]
    const assured = createVerifier({
      audience: AUDIENCE,
      trust: [{ ...world.trust, statusOrigins }],
      freshness: { '*': 'sensitive' },
      assurance: { levels, minimum: { 'mail.send': 'hardware', '*': 'mfa' } },
      fetch: world.site.fetch,
      clock: world.clock,
    })
    await assured.sync()
    const tokens = await world.agentChain()
    const asked = async (action: string) =>
      codeOf(await assured.verify(await world.present(tokens), { action }))
    const before = [await asked('mail.read'), await asked('mail.send')]

    levels.reverse()
    statusOrigins.splice(0)

    expect(before).toEqual(['verified', 'not_authorized'])
    expect([await asked('mail.read'), await asked('mail.send')]).toEqual(before)
    expect(await assured.sync()).toMatchObject([{ asOf: world.now }])
  })
})
