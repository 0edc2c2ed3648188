import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { DidDocument } from '../../src/did/did-document.ts'
import type { Constraint } from '../../src/model/constraints/constraint.ts'
import { type Refusal, refuse, type Verdict } from '../../src/refusal.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { evidenceOf } from '../../src/verifier/evidence.ts'
import type { Ask } from '../../src/verifier/presentation.ts'
import {
  completeRefusal,
  type PresentationRefusal,
  type PresentationVerdict,
  type VerifiedPresentation,
} from '../../src/verifier/verdict.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { HeldWatch, type Watch } from '../../src/verifier/watch.ts'
import { MAX_WATCHES, MAX_WATCHES_PER_AGENT, Watches } from '../../src/verifier/watches.ts'
import { ManualTimers, settled } from '../helpers/manual-timers.ts'
import { uncaughtDuring } from '../helpers/uncaught.ts'
import { AUDIENCE, mailGrant, makePerson, NOW, type PresentOptions, World } from '../helpers/world.ts'

const READ: Ask = { action: 'mail.read' }
const PROOF_MS = 60_000

let world: World
let timers: ManualTimers
let verifier: Verifier
let chain: readonly string[]

beforeEach(async () => {
  world = await World.create()
  timers = new ManualTimers(world)
  chain = await world.agentChain()
  verifier = await started()
})

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { 'mail.read': 'critical', '*': 'sensitive' },
    pollSeconds: 1,
    fetch: world.site.fetch,
    clock: world.clock,
    timer: timers.set,
    ...options,
  })
  world.site.heartbeat = 1
  await world.site.publish()
  await made.sync()
  return made
}

async function present(
  texts: readonly string[] = chain,
  ask: Ask = READ,
  options: PresentOptions = {},
): Promise<VerifiedPresentation> {
  const verdict = await verifier.verify(await world.present(texts, options), ask)
  if (!verdict.verified) throw new Error(`the control is refused: ${verdict.refusal.code}`)
  return verdict
}

interface Watched {
  readonly watch: Watch
  readonly ends: readonly PresentationRefusal[]
}

function watch(verdict: VerifiedPresentation, by: Verifier = verifier): Watched {
  const ends: PresentationRefusal[] = []
  return { watch: by.watch(verdict, (refusal) => ends.push(refusal)), ends }
}

/** Time passes and the status stays fresh, as with a verifier that is started. */
async function advanceInStep(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10_000) {
    await timers.advance(Math.min(left, 10_000))
    await world.site.publish()
    await verifier.sync()
    await settled()
  }
}

function codes({ ends }: Watched): readonly string[] {
  return ends.map(({ code, dimension }) => (dimension === undefined ? code : `${code} ${dimension}`))
}

describe('a watch', () => {
  it('goes on while nothing changes and status is renewed, to the end of the proof [LC-01]', async () => {
    const watched = watch(await present())

    await advanceInStep(PROOF_MS - 1)
    expect(codes(watched)).toEqual([])
    await advanceInStep(1)

    expect(codes(watched)).toEqual(['holder_proof_invalid expires'])
    expect(watched.ends[0]).toMatchObject({ authenticated: true, retryable: false })
    expect(world.now).toBe(NOW + PROOF_MS)
  })

  it('ends when the issuer cannot be reached for longer than the action tolerates, and no earlier [LC-01]', async () => {
    const watched = watch(await present())
    world.site.reachable = false

    await timers.advance(30_000)
    expect(codes(watched)).toEqual([])
    await timers.advance(1)

    expect(codes(watched)).toEqual(['status_stale freshness'])
  })

  it('goes on by status that is newer than the one that its verdict rested on', async () => {
    const watched = watch(await present())
    await timers.advance(29_000)
    await world.site.publish()
    await verifier.sync()

    await timers.advance(30_000)

    expect(codes(watched)).toEqual([])
  })

  it('ends as soon as a link is known to be revoked, once [LC-01]', async () => {
    const watched = watch(await present())
    await timers.advance(5_000)
    world.site.set('revocation', 2)
    await world.site.publish()
    expect(codes(watched)).toEqual([])

    await verifier.sync()
    await timers.advance(PROOF_MS)
    await verifier.sync()

    expect(watched.ends).toMatchObject([{ code: 'revoked', link: 1, inherited: false, authenticated: true }])
  })

  it('ends as soon as its owner is suspended', async () => {
    const watched = watch(await present())
    world.site.set('suspension', 1)
    await world.site.publish()

    await verifier.sync()

    expect(watched.ends).toMatchObject([{ code: 'suspended', link: 0, inherited: true }])
  })

  it('ends when a list that could not be fetched at first turns out to revoke it', async () => {
    const watched = watch(await present())
    world.site.set('revocation', 2)
    await world.site.publish()
    const lists = [...world.site.documents].filter(([url]) => /\/r1\/\d+\.jwt$/.test(url))
    for (const [url] of lists) world.site.documents.delete(url)
    world.site.forgetChanges()
    await verifier.sync()
    expect(codes(watched)).toEqual([])

    for (const [url, text] of lists) world.site.documents.set(url, text)
    await verifier.sync()

    expect(codes(watched)).toEqual(['revoked'])
  })

  it('is not disturbed by the revocation of another', async () => {
    const watched = watch(await present())
    world.site.set('revocation', 77)
    await world.site.publish()

    await verifier.sync()
    await timers.advance(1_000)

    expect(codes(watched)).toEqual([])
  })

  it('ends with the first link that ends, without the skew that clocks are granted', async () => {
    chain = await world.agentChain({}, { validUntil: NOW + 20_000 })
    const watched = watch(await present())

    await timers.advance(19_999)
    expect(codes(watched)).toEqual([])
    await timers.advance(1)

    expect(watched.ends).toMatchObject([{ code: 'expired', link: 1, refresh: true }])
  })

  it('ends with the owner, who may end first', async () => {
    const owner = world.ownerCredential({ validUntil: NOW + 20_000 })
    const [, agent = ''] = chain
    const watched = watch(await present([await world.sign(owner, world.authority.signer), agent]))

    await timers.advance(19_999)
    expect(codes(watched)).toEqual([])
    await timers.advance(1)

    expect(watched.ends).toMatchObject([{ code: 'expired', link: 0 }])
  })

  it('judges what is asked again: a grant for certain hours ends with them', async () => {
    const time: Constraint = {
      kind: 'time',
      days: [1, 2, 3, 4, 5, 6, 7],
      from: 0,
      to: 9 * 60 + 1,
      zone: 'UTC',
    }
    chain = await world.agentChain({
      authorizationDetails: [mailGrant({ constraints: [time] })],
    })
    world.now = NOW + 40_000
    await world.site.publish()
    await verifier.sync()
    const watched = watch(await present())

    await timers.advance(30_000)

    expect(codes(watched)).toEqual(['constraint_violated time'])
  })

  it('ends with the hours for which it is granted, with nothing else that would have it judged then', async () => {
    const time: Constraint = {
      kind: 'time',
      days: [1, 2, 3, 4, 5, 6, 7],
      from: 0,
      to: 9 * 60 + 1,
      zone: 'UTC',
    }
    const send: Ask = { action: 'mail.send' }
    const others = mailGrant({ actions: ['mail.read'] })
    chain = await world.agentChain({ authorizationDetails: [mailGrant({ constraints: [time] }), others] })
    world.now = NOW + 40_000
    await world.site.publish()
    await verifier.sync()
    const verdict = await present(chain, send)
    const [limited, unlimited] = [watch(verdict), watch(await present(chain, { action: 'mail.read' }))]

    expect(verdict.recheckAt).toBe(NOW + 60_000)
    await timers.advance(19_999)
    expect(codes(limited)).toEqual([])
    await timers.advance(1)

    expect(codes(limited)).toEqual(['constraint_violated time'])
    expect(codes(unlimited)).toEqual([])
  })

  it('goes on past the quarters of an hour at which clocks could change', async () => {
    const time: Constraint = { kind: 'time', days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 600, zone: 'UTC' }
    chain = await world.agentChain({ authorizationDetails: [mailGrant({ constraints: [time] })] })
    world.now = NOW + 15 * 60_000 - 5_000
    await world.site.publish()
    await verifier.sync()
    const verdict = await present(chain, { action: 'mail.send' })
    const watched = watch(verdict)

    expect(verdict.recheckAt).toBe(NOW + 15 * 60_000)
    await timers.advance(50_000)

    expect(codes(watched)).toEqual([])
  })

  it('ends as soon as its authority is not trusted any more', async () => {
    const watched = watch(await present())

    verifier.setTrust([])
    await settled()

    expect(codes(watched)).toEqual(['untrusted_authority'])
  })

  it('judges at once what has changed between the verdict and the watch', async () => {
    const verdict = await present()
    world.site.set('revocation', 2)
    await world.site.publish()
    await verifier.sync()

    const watched = watch(verdict)
    expect(codes(watched)).toEqual([])
    await settled()

    expect(codes(watched)).toEqual(['revoked'])
    expect(timers.waiting).toBe(0)
  })

  it('is over for good when it was stopped, and leaves no timer behind', async () => {
    const watched = watch(await present())
    expect(timers.waiting).toBe(1)

    watched.watch.stop()
    watched.watch.stop()
    world.site.set('revocation', 2)
    await world.site.publish()
    await verifier.sync()
    await timers.advance(PROOF_MS)

    expect(codes(watched)).toEqual([])
    expect(timers.waiting).toBe(0)
  })

  it('does not keep another from being told when one listener throws, and the process goes on', async () => {
    const fail = vi.fn(() => {
      throw new Error('on purpose')
    })
    verifier.watch(await present(), fail)
    const watched = watch(await present())

    const uncaught = await uncaughtDuring(() => timers.advance(PROOF_MS))

    expect(codes(watched)).toEqual(['status_stale freshness'])
    expect(fail).toHaveBeenCalledOnce()
    expect(uncaught).toEqual([])
  })
})

describe('a watch that is renewed', () => {
  it('goes beyond the end of the first proof', async () => {
    const watched = watch(await present())
    await advanceInStep(50_000)

    expect(watched.watch.renew(await present())).toMatchObject({ verified: true })
    await advanceInStep(50_000)
    expect(codes(watched)).toEqual([])
    await advanceInStep(10_000)

    expect(codes(watched)).toEqual(['holder_proof_invalid expires'])
    expect(timers.waiting).toBe(0)
  })

  it('goes on under the chain that was renewed', async () => {
    chain = await world.agentChain({}, { validUntil: NOW + 20_000 })
    const watched = watch(await present())
    chain = await world.agentChain({}, { id: 'urn:uuid:00000000-0000-4000-8000-0000000000ff' })

    expect(watched.watch.renew(await present()).verified).toBe(true)
    await advanceInStep(30_000)

    expect(codes(watched)).toEqual([])
  })

  it.each<[string, () => Promise<PresentationVerdict>, string]>([
    [
      'another presenter',
      async () => present(await world.subAgentChain(), READ, { signer: world.subAgent.signer }),
      'holder_proof_invalid presenter',
    ],
    ['another action', () => present(chain, { action: 'mail.send' }), 'not_authorized ask'],
    [
      'another identifier',
      () => present(chain, { ...READ, identifier: 'inbox/support' }),
      'not_authorized ask',
    ],
    ['other arguments', () => present(chain, { ...READ, arguments: { a: [2] } }), 'not_authorized ask'],
    ['another place', () => present(chain, READ, { target: '/outbox' }), 'not_authorized ask'],
    [
      'a refusal',
      async () => verifier.verify(await world.present(chain), { action: 'x' }),
      'not_authorized actions',
    ],
  ])('is as it was after %s [LC-02]', async (_, renewal, refusal) => {
    const watched = watch(await present())

    const renewed = watched.watch.renew(await renewal())
    await advanceInStep(PROOF_MS)

    expect(renewed.verified ? 'renewed' : `${renewed.refusal.code} ${renewed.refusal.dimension}`).toBe(
      refusal,
    )
    expect(codes(watched)).toEqual(['holder_proof_invalid expires'])
  })

  it('is as it was after a verdict that is older, and goes on to the end of its own [LC-02]', async () => {
    const old = await present()
    await advanceInStep(45_000)
    const watched = watch(await present())
    await advanceInStep(5_000)

    expect(watched.watch.renew(old)).toMatchObject({
      verified: false,
      refusal: { code: 'holder_proof_invalid', dimension: 'expires' },
    })
    await advanceInStep(PROOF_MS - 10_000)
    expect(codes(watched)).toEqual([])
    expect(watched.watch.renew(await present())).toMatchObject({ verified: true })
    await advanceInStep(PROOF_MS - 1)

    expect(codes(watched)).toEqual([])
  })

  it('is as it was after a verdict that has ended meanwhile [LC-02]', async () => {
    const late = await present(await world.agentChain({}, { validUntil: NOW + 20_000 }))
    await advanceInStep(1_000)
    const watched = watch(await present())
    const early = watch(await present())
    await advanceInStep(10_000)
    const ending = await present(await world.agentChain({}, { validUntil: NOW + 20_000 }))
    const lasting = await present()
    await advanceInStep(10_000)

    expect(watched.watch.renew(ending)).toMatchObject({
      verified: false,
      refusal: { code: 'expired', link: 1 },
    })
    expect(watched.watch.renew(late)).toMatchObject({
      verified: false,
      refusal: { code: 'expired', link: 1 },
    })
    expect(early.watch.renew(lasting)).toMatchObject({ verified: true })
    await advanceInStep(10_000)

    expect([...codes(watched), ...codes(early)]).toEqual([])
  })

  it('compares arguments by their values, whatever their order', async () => {
    const ask = { ...READ, arguments: { a: [1, { b: 'x' }], c: null } }
    const watched = watch(await present(chain, ask))
    const same = { ...READ, arguments: { c: null, a: [1, { b: 'x' }] } }
    const others = [
      { a: [1], c: null },
      { a: { 0: 1, 1: { b: 'x' } }, c: null },
      { a: [1, { b: 'x' }] },
      { c: 'x', a: 1 },
    ]

    expect(watched.watch.renew(await present(chain, same)).verified).toBe(true)
    for (const other of others) {
      expect(watched.watch.renew(await present(chain, { ...READ, arguments: other })).verified).toBe(false)
    }
  })

  it('does not change from one owner to another who trusts the same key [LC-02]', async () => {
    const watched = watch(await present())
    const eve = await makePerson()
    const owner = world.ownerCredential()
    const other = await Promise.all([
      world.sign({ ...owner, subject: { ...owner.subject, id: eve.did } }, world.authority.signer),
      world.sign(world.agentCredential({}, { issuer: eve.did }), eve.signer),
    ])

    const renewed = watched.watch.renew(await present(other))

    expect(renewed).toMatchObject({ verified: false, refusal: { dimension: 'presenter' } })
  })

  it('is judged at once: a renewal by what is revoked ends it', async () => {
    const watched = watch(await present())
    const renewal = await present()
    world.site.set('revocation', 2)
    await world.site.publish()
    await verifier.sync()

    expect(watched.watch.renew(renewal)).toMatchObject({ verified: false, refusal: { code: 'revoked' } })
  })

  it('is judged at once, by what was known before and concerned another chain alone', async () => {
    const watched = watch(await present())
    const status = world.site.entry(3)
    const renewal = await present(await world.agentChain({}, { status }))
    world.site.set('revocation', 3)
    await world.site.publish()
    await verifier.sync()
    await settled()
    expect(codes(watched)).toEqual([])

    expect(watched.watch.renew(renewal)).toMatchObject({ verified: false, refusal: { code: 'revoked' } })
    await settled()
    expect(codes(watched)).toEqual(['revoked'])
  })

  it('says that it is over, whatever it is renewed with', async () => {
    const refused = await verifier.verify(await world.present(chain), { action: 'x' })
    const { watch: stopped } = watch(await present())

    expect(stopped.renew(refused)).toMatchObject({ refusal: { dimension: 'actions' } })
    stopped.stop()
    expect(stopped.renew(refused)).toMatchObject({ refusal: { dimension: 'watch' } })
  })

  it('tells an object from what is none, and nothing from something', async () => {
    const args = { a: {}, b: 1, c: null }
    const renewed = async (change: object) => {
      const ask = { ...READ, arguments: { ...args, ...change } }
      return watch(await present(chain, { ...READ, arguments: args })).watch.renew(await present(chain, ask))
        .verified
    }

    expect(await renewed({})).toBe(true)
    for (const other of [{ a: 1 }, { b: {} }, { a: null }, { c: {} }])
      expect(await renewed(other)).toBe(false)
  })

  it('stays over when it comes too late', async () => {
    const watched = watch(await present())
    await advanceInStep(PROOF_MS)

    expect(watched.watch.renew(await present())).toMatchObject({
      verified: false,
      refusal: { code: 'holder_proof_invalid', dimension: 'expires' },
    })
    const stopped = watch(await present())
    stopped.watch.stop()
    expect(stopped.watch.renew(await present())).toMatchObject({ verified: false })
    expect(timers.waiting).toBe(0)
  })

  it('is not prolonged by the same verdict [LC-02]', async () => {
    const verdict = await present()
    const watched = watch(verdict)
    await advanceInStep(50_000)

    expect(watched.watch.renew(verdict).verified).toBe(true)
    await advanceInStep(10_000)

    expect(codes(watched)).toEqual(['holder_proof_invalid expires'])
  })
})

describe('what can be watched', () => {
  it('is a verdict that this very verifier accepted', async () => {
    const verdict = await present()
    const refused = await verifier.verify(await world.present(chain), { action: 'nothing' })
    const error = expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
    const other = await started()

    expect(() => watch({ ...verdict })).toThrow(error)
    expect(() => watch(verdict, other)).toThrow(error)
    expect(() => watch(refused as unknown as VerifiedPresentation)).toThrow(error)
    expect(() => watch(verdict)).not.toThrow()
  })

  it('is no more than so many at a time for one agent, and room is given back [LC-03]', async () => {
    const verdict = await present()
    const watches = Array.from({ length: MAX_WATCHES_PER_AGENT }, () => watch(verdict))
    const oneMore = watch(verdict)
    await settled()

    expect(codes(oneMore)).toEqual(['limit_exceeded watches'])
    expect(watches.flatMap(codes)).toEqual([])
    const { did, signer } = await makePerson()
    const other = watch(await present(await world.agentChain({ id: did }), READ, { signer }))
    await settled()
    expect(codes(other)).toEqual([])
    other.watch.stop()
    watches[0]?.watch.stop()
    const fits = watch(verdict)
    await settled()
    expect(codes(fits)).toEqual([])
    expect(timers.waiting).toBe(MAX_WATCHES_PER_AGENT)
    expect(MAX_WATCHES).toBeGreaterThan(MAX_WATCHES_PER_AGENT)
  })
})

describe('many watches', () => {
  it('are no more than so many of one verifier, whoever has them [LC-03]', async () => {
    const ends: string[] = []
    const watchAs = async (count: number) => {
      const { did, signer } = await makePerson()
      const verdict = await present(await world.agentChain({ id: did }), READ, { signer })
      return Array.from({ length: count }, () => verifier.watch(verdict, ({ code }) => ends.push(code)))
    }
    const full = MAX_WATCHES / MAX_WATCHES_PER_AGENT
    for (let agent = 0; agent < full; agent++) await watchAs(MAX_WATCHES_PER_AGENT)
    await settled()
    expect(ends).toEqual([])
    expect(timers.waiting).toBe(MAX_WATCHES)

    await watchAs(1)
    await settled()

    expect(ends).toEqual(['limit_exceeded'])
  })

  it('are judged anew by the status of their own authority alone', async () => {
    const setTimer = vi.fn(timers.set)
    verifier = await started({ timer: setTimer })
    const verdict = await present()
    const watches = new Watches(evidenceOf(verdict).context)
    watches.open(verdict, () => undefined)
    setTimer.mockClear()
    watches.recheck(world.owner.did)
    expect(setTimer).not.toHaveBeenCalled()
    watches.recheck(world.authority.did)

    expect(setTimer).toHaveBeenCalled()
  })
})

describe('where keys are found asynchronously', () => {
  /** A watch that waits for its keys at each look, until `answer` is called. */
  async function slowWatch() {
    const { context, question, presentation, accepted } = evidenceOf(await present())
    if (presentation === undefined || accepted === undefined) throw new Error('the control is refused')
    const waiting: ((found: boolean) => void)[] = []
    const resolve = (did: string) =>
      new Promise<Verdict<DidDocument>>((done) => {
        waiting.push((found) => done(found ? context.resolver.resolve(did) : refuse('did_unresolvable')))
      })
    const given = { presentation, question, context: { ...context, resolver: { resolve } } }
    const { chain: verified, acceptance } = accepted
    const ends: PresentationRefusal[] = []
    const held = { given, chain: verified, proofEndsAt: acceptance.proofEndsAt }
    const onEnd = (refusal?: Refusal): void => {
      if (refusal !== undefined) ends.push(completeRefusal(refusal, true))
    }
    const slow = new HeldWatch(held, { setTimer: timers.set, read: () => ({ ...held }), onEnd })
    const answer = (found: boolean, questions?: number): void => {
      for (const done of waiting.splice(0, questions ?? waiting.length)) done(found)
    }
    return { watch: slow, ends, answer }
  }

  /** The keys of both links. */
  const ASKED_AT_ONCE = 2

  it('goes on when they are found', async () => {
    const slow = await slowWatch()
    slow.watch.recheck()

    slow.answer(true)
    await settled()

    expect(codes(slow)).toEqual([])
    expect(timers.waiting).toBe(1)
  })

  it('ends when they are not', async () => {
    const slow = await slowWatch()
    slow.watch.recheck()

    slow.answer(false)
    await settled()

    expect(codes(slow)).toEqual(['did_unresolvable'])
    expect(timers.waiting).toBe(0)
  })

  it('ends with the proof when nobody answers', async () => {
    const slow = await slowWatch()
    slow.watch.recheck()

    await timers.advance(PROOF_MS)

    expect(codes(slow)).toEqual(['holder_proof_invalid expires'])
  })

  it('does not heed an answer that comes after the end', async () => {
    const slow = await slowWatch()
    slow.watch.recheck()
    slow.watch.stop()

    slow.answer(false)
    await settled()

    expect(codes(slow)).toEqual([])
    expect(timers.waiting).toBe(0)
  })

  it('sets no timer for an answer that comes after the end, nor for a look', async () => {
    const slow = await slowWatch()
    slow.watch.recheck()
    expect(timers.waiting).toBe(1)
    slow.watch.stop()
    slow.answer(true)
    await settled()
    slow.watch.recheck()

    expect(timers.waiting).toBe(0)
  })

  it('does not heed an answer about what was held before it was renewed', async () => {
    const slow = await slowWatch()
    slow.watch.recheck()
    expect(slow.watch.renew(await present()).verified).toBe(true)
    slow.answer(false, ASKED_AT_ONCE)
    await settled()
    expect(codes(slow)).toEqual([])
    slow.answer(false)
    await settled()

    expect(codes(slow)).toEqual(['did_unresolvable'])
  })

  it('ends once, as it ended first, and is of its agent and authority', async () => {
    const slow = await slowWatch()
    expect([slow.watch.agent, slow.watch.authority]).toEqual([world.agent.did, world.authority.did])
    slow.watch.end({ code: 'revoked', link: 1 })
    slow.watch.end({ code: 'expired', link: 1 })

    expect(codes(slow)).toEqual(['revoked'])
  })
})
