import { beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, codeOf, mailGrant, makePerson, NOW, readLink, requestOf, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = await started()
})

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { 'mail.send': 'critical', '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    ...options,
  })
  await made.sync()
  return made
}

const READ = { action: 'mail.read' }

describe('an accepted presentation', () => {
  it('names the agent, the owner, the authority and the freshness of the status', async () => {
    const verdict = await verifier.verify(await world.present(await world.agentChain()), READ)

    expect(verdict).toMatchObject({
      verified: true,
      kind: 'Agent',
      agent: 'agt_mailer',
      presenter: world.agent.did,
      owner: world.owner.did,
      authority: world.authority.did,
      tenant: 'acme',
      environment: 'production',
      mode: 'delegated',
      status: { asOf: NOW, ageSeconds: 0, source: 'head', memory: true },
    })
  })

  it('of a sub-agent names its agent and every link [S1]', async () => {
    const tokens = await world.subAgentChain({ name: 'sorter' })
    const verdict = await verifier.verify(
      await world.present(tokens, { signer: world.subAgent.signer }),
      READ,
    )

    expect(verdict).toMatchObject({ verified: true, kind: 'SubAgent', agent: 'agt_mailer' })
    expect(verdict.verified && verdict.chain.map(({ subject }) => subject)).toEqual([
      world.owner.did,
      world.agent.did,
      world.subAgent.did,
    ])
  })

  it('of a run names the run and its lineage', async () => {
    const tokens = await world.subAgentChain({ kind: 'Run', lineage: { rootTask: 'triage', run: '4711' } })
    const verdict = await verifier.verify(
      await world.present(tokens, { signer: world.subAgent.signer }),
      READ,
    )

    expect(verdict).toMatchObject({
      kind: 'Run',
      run: 'urn:uuid:00000000-0000-4000-8000-000000000002',
      lineage: { rootTask: 'triage', run: '4711' },
    })
  })

  it('under a grant that inherits shows what the owner lets be inherited', async () => {
    const tokens = await world.agentChain({ authorizationDetails: 'inherit' })
    const verdict = await verifier.verify(await world.present(tokens), READ)

    expect(verdict).toMatchObject({ verified: true, grant: [{ actions: ['mail.read', 'mail.send'] }] })
  })

  it('is to be checked again when the first of proof, status and credentials ends', async () => {
    const verdict = await verifier.verify(await world.present(await world.agentChain()), READ)

    expect(verdict).toMatchObject({ recheckAt: NOW + 60_000 })
  })

  it('costs no request to anybody, and stays accepted with the issuer down [S3]', async () => {
    world.site.reachable = false
    await verifier.sync()
    const before = world.site.requests.length
    world.now += 299_000

    expect(codeOf(await verifier.verify(await world.present(await world.agentChain()), READ))).toBe(
      'verified',
    )
    expect(world.site.requests.length).toBe(before)
  })

  it('is accepted again under a new proof, with its links remembered', async () => {
    const tokens = await world.agentChain()

    expect(codeOf(await verifier.verify(await world.present(tokens), READ))).toBe('verified')
    expect(codeOf(await verifier.verify(await world.present(tokens), READ))).toBe('verified')
  })

  it('may be signed with P-256', async () => {
    const agent = await makePerson('P-256')
    const request = await world.present(await world.agentChain({ id: agent.did }), { signer: agent.signer })

    expect(codeOf(await verifier.verify(request, READ))).toBe('verified')
  })
})

describe('what is presented', () => {
  it('is required', async () => {
    expect(await verifier.verify(requestOf('GET', '/inbox', {}), READ)).toEqual({
      verified: false,
      refusal: {
        code: 'chain_required',
        dimension: 'agent-delegation',
        authenticated: false,
        retryable: false,
      },
    })
  })

  it.each([
    ['"a.b.c"', 'malformed'],
    [`ref;sha-256=:${'A'.repeat(43)}=:`, 'chain_required'],
    [':AAAA:', 'malformed'],
    [`"${'a'.repeat(8000)}"`, 'limit_exceeded'],
  ])('must be a list of tokens: %.20s is %s', async (value, code) => {
    expect(
      codeOf(await verifier.verify(requestOf('GET', '/inbox', { 'agent-delegation': value }), READ)),
    ).toBe(code)
  })

  it('must be proven by a signature [HP-01]', async () => {
    const { header } = await world.present(await world.agentChain())
    const bare = requestOf('GET', '/inbox', { 'agent-delegation': header('agent-delegation') ?? '' })

    expect(await verifier.verify(bare, READ)).toMatchObject({
      refusal: { code: 'holder_proof_invalid', authenticated: false },
    })
  })

  it('must be signed by the subject of the last link [HP-02]', async () => {
    const mallory = await makePerson()
    const request = await world.present(await world.agentChain(), { signer: mallory.signer })

    expect(await verifier.verify(request, READ)).toMatchObject({
      refusal: { code: 'holder_proof_invalid', dimension: 'keyid' },
    })
  })

  it('must be signed by the key that it names', async () => {
    const mallory = await makePerson()
    const signer = { ...mallory.signer, keyId: world.agent.signer.keyId }
    const request = await world.present(await world.agentChain(), { signer })

    expect(await verifier.verify(request, READ)).toMatchObject({
      refusal: { code: 'holder_proof_invalid', dimension: 'signature' },
    })
  })

  it('must be signed for this origin [HP-08]', async () => {
    const request = await world.present(await world.agentChain(), { origin: 'https://other.example' })

    expect(codeOf(await verifier.verify(request, READ))).toBe('holder_proof_invalid')
  })

  it('is accepted once [HP-04]', async () => {
    const request = await world.present(await world.agentChain())

    expect(codeOf(await verifier.verify(request, READ))).toBe('verified')
    expect(await verifier.verify(request, READ)).toMatchObject({
      refusal: { code: 'replayed', authenticated: false },
    })
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('down'))],
    ['answers that it cannot tell', () => 'unavailable' as const],
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
  ])('is refused when the replay store %s', async (_, use) => {
    const failing = await started({ replay: { use } })

    expect(await failing.verify(await world.present(await world.agentChain()), READ)).toMatchObject({
      refusal: { code: 'replay_unavailable', retryable: true },
    })
  })

  it('covers the body: the signed one is accepted, another is not', async () => {
    const body = new TextEncoder().encode('{"to":"a"}')
    const request = await world.present(await world.agentChain(), { method: 'POST', body })
    const swapped = { ...request, body: new TextEncoder().encode('{"to":"b"}') }

    expect(codeOf(await verifier.verify(swapped, READ))).toBe('holder_proof_invalid')
    expect(codeOf(await verifier.verify(request, READ))).toBe('verified')
  })
})

describe('trust', () => {
  it('is needed: an authority that is not configured is refused [DC-15]', async () => {
    const stranger = await World.create()

    expect(await verifier.verify(await stranger.present(await stranger.agentChain()), READ)).toMatchObject({
      refusal: { code: 'untrusted_authority', link: 0, authenticated: false },
    })
  })

  it('is in nobody when the list is empty [TP-01]', async () => {
    const closed = await started({ trust: [] })

    expect(codeOf(await closed.verify(await world.present(await world.agentChain()), READ))).toBe(
      'untrusted_authority',
    )
  })

  it('may be limited to tenants', async () => {
    const other = await started({ trust: [{ ...world.trust, tenants: ['globex'] }] })
    const same = await started({ trust: [{ ...world.trust, tenants: ['acme'] }] })
    const tokens = await world.agentChain()

    expect(codeOf(await other.verify(await world.present(tokens), READ))).toBe('tenant_mismatch')
    expect(codeOf(await same.verify(await world.present(tokens), READ))).toBe('verified')
  })

  it('is for one environment [P11]', async () => {
    const staging = await started({ environment: 'staging' })

    expect(codeOf(await staging.verify(await world.present(await world.agentChain()), READ))).toBe(
      'environment_mismatch',
    )
  })

  it('does not extend to a status issuer that the service provider did not configure [TP-04]', async () => {
    const other = await makePerson()
    const odd = await started({ trust: [{ ...world.trust, statusIssuer: other.did }] })

    expect(await odd.verify(await world.present(await world.agentChain()), READ)).toMatchObject({
      refusal: { code: 'status_invalid', dimension: 'status.issuer' },
    })
  })

  it('covers only lists under the origins that the authority named [SL-06]', async () => {
    const status = { ...world.site.entry(2), revocation: 'https://evil.example/status/r1' }
    const tokens = await world.agentChain({ statusLease: [] }, { status })

    expect(await verifier.verify(await world.present(tokens), READ)).toMatchObject({
      refusal: { code: 'status_invalid', link: 1, dimension: 'statusListCredential' },
    })
  })
})

describe('what is asked', () => {
  it('must be granted', async () => {
    const request = await world.present(await world.agentChain())

    expect(await verifier.verify(request, { action: 'mail.delete' })).toMatchObject({
      refusal: { code: 'not_authorized', dimension: 'actions', authenticated: false },
    })
  })

  it('must be granted by every link', async () => {
    const request = await world.present(await world.subAgentChain(), { signer: world.subAgent.signer })

    expect(await verifier.verify(request, { action: 'mail.send' })).toMatchObject({
      refusal: { code: 'not_authorized', link: 2 },
    })
  })

  it('may not be granted beyond the parent [DC-03]', async () => {
    const wider = [mailGrant({ actions: ['mail.read', 'mail.purge'] })]
    const tokens = await world.subAgentChain({ authorizationDetails: wider })

    expect(
      await verifier.verify(await world.present(tokens, { signer: world.subAgent.signer }), READ),
    ).toMatchObject({
      refusal: { code: 'capability_escalated', link: 2, dimension: 'actions' },
    })
  })

  it('must lie under the granted location, by the path of the request without its query', async () => {
    const locations = [{ origin: 'https://mail.example', path: '/inbox' }]
    const tokens = await world.agentChain({ authorizationDetails: [mailGrant({ locations })] })
    const at = async (target: string) =>
      codeOf(await verifier.verify(await world.present(tokens, { target }), READ))

    expect(await at('/inbox?folder=1')).toBe('verified')
    expect(await at('/inboxes')).toBe('not_authorized')
  })

  it('must be said: an empty action is the error of the caller', async () => {
    const request = await world.present(await world.agentChain())

    await expect(verifier.verify(request, { action: '' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('by the owner in person needs a policy that allows it', async () => {
    const tokens = [await world.sign(world.ownerCredential(), world.authority.signer)]
    const present = () => world.present(tokens, { signer: world.owner.signer })
    const lenient = await started({ ownerInPerson: true })

    expect(await verifier.verify(await present(), READ)).toMatchObject({
      refusal: { code: 'not_authorized', dimension: 'owner_in_person' },
    })
    expect(await lenient.verify(await present(), READ)).toMatchObject({ verified: true, kind: 'Owner' })
  })
})

describe('time', () => {
  it('ends a link, and the agent is told to fetch its chain again', async () => {
    const tokens = await world.agentChain()
    world.now += 24 * 3_600_000

    expect(await verifier.verify(await world.present(tokens), READ)).toMatchObject({
      refusal: { code: 'expired', link: 1, refresh: true },
    })
  })

  it('ends a proof, 30 s of skew later [HP-15]', async () => {
    const tokens = await world.agentChain()
    const [inTime, late] = [await world.present(tokens), await world.present(tokens)]
    world.now += 90_000
    expect(codeOf(await verifier.verify(inTime, READ))).toBe('verified')
    world.now += 1_000

    expect(codeOf(await verifier.verify(late, READ))).toBe('holder_proof_invalid')
  })

  it('ends what the status is worth: older than the policy is refused [L4, SS-11]', async () => {
    const tokens = await world.agentChain()
    world.now += 300_000
    expect(codeOf(await verifier.verify(await world.present(tokens), READ))).toBe('verified')
    world.now += 1

    expect(await verifier.verify(await world.present(tokens), READ)).toMatchObject({
      refusal: { code: 'status_stale', link: 0, authenticated: true, retryable: true },
    })
  })

  it('is short for a critical action', async () => {
    const tokens = await world.agentChain()
    world.now += 31_000

    expect(codeOf(await verifier.verify(await world.present(tokens), { action: 'mail.send' }))).toBe(
      'status_stale',
    )
    expect(codeOf(await verifier.verify(await world.present(tokens), READ))).toBe('verified')
  })

  it('is not looked at again when nothing had to be waited for', async () => {
    const looksWith = async (options: Partial<VerifierOptions>) => {
      let looks = 0
      const clock = () => {
        looks++
        return world.now
      }
      const watched = await started({ clock, ...options })
      const request = await world.present(await world.agentChain())
      looks = 0
      expect(codeOf(await watched.verify(request, READ))).toBe('verified')
      return looks
    }

    // The store in memory, which answers at once, looks at the clock itself.
    const atOnce = (await looksWith({})) - 1

    expect(await looksWith({ replay: { use: async () => 'fresh' as const } })).toBe(atOnce + 1)
  })

  it('is looked at again after a replay store has kept the request waiting', async () => {
    const slow = await started({
      replay: {
        use: async () => {
          world.now += 24 * 3_600_000
          return 'fresh' as const
        },
      },
    })

    expect(await slow.verify(await world.present(await world.agentChain()), READ)).toMatchObject({
      refusal: { code: 'expired', authenticated: true },
    })
  })
})

describe('signatures', () => {
  it('of each link must verify', async () => {
    const [root, agent] = await world.agentChain()
    const tampered = await world.spliced(agent)

    expect(await verifier.verify(await world.present([root, tampered]), READ)).toMatchObject({
      refusal: { code: 'signature_invalid', link: 1 },
    })
    expect(codeOf(await verifier.verify(await world.present([root, agent]), READ))).toBe('verified')
  })

  it('by another key than the issuer are refused [SM-04]', async () => {
    const [root] = await world.agentChain()
    const forged = await world.sign(world.agentCredential(), (await makePerson()).signer)

    expect(await verifier.verify(await world.present([root, forged]), READ)).toMatchObject({
      refusal: { code: 'key_not_authorized', link: 1 },
    })
  })

  it('of a chain that misses its middle do not help [DC-11]', async () => {
    const [root, , derived] = await world.subAgentChain()
    const request = await world.present([root, derived], { signer: world.subAgent.signer })

    expect(codeOf(await verifier.verify(request, READ))).toBe('chain_broken')
  })

  it('do not help a link that was made under another parent [DC-13]', async () => {
    const [root, , derived] = await world.subAgentChain()
    const sibling = await world.sign(world.agentCredential({ purpose: 'another task' }), world.owner.signer)
    const request = await world.present([root, sibling, derived], { signer: world.subAgent.signer })

    expect(await verifier.verify(request, READ)).toMatchObject({ refusal: { code: 'chain_broken', link: 2 } })
  })
})

describe('revocation', () => {
  async function revoke(index: number): Promise<void> {
    world.site.set('revocation', index)
    await world.site.publish()
    await verifier.sync()
  }

  it('of the presenter is refused before anything expires [L1, L3, L5]', async () => {
    const tokens = await world.agentChain()
    expect(codeOf(await verifier.verify(await world.present(tokens), READ))).toBe('verified')
    await revoke(2)

    expect(await verifier.verify(await world.present(tokens), READ)).toMatchObject({
      refusal: { code: 'revoked', link: 1, inherited: false, retryable: false },
    })
  })

  it('of an ancestor is refused as inherited [DC-08]', async () => {
    const tokens = await world.subAgentChain()
    await revoke(2)

    expect(
      await verifier.verify(await world.present(tokens, { signer: world.subAgent.signer }), READ),
    ).toMatchObject({
      refusal: { code: 'revoked', link: 1, inherited: true },
    })
  })

  it('of a child through its leased index leaves its parent alone [L2]', async () => {
    const tokens = await world.subAgentChain()
    await revoke(10)

    expect(
      await verifier.verify(await world.present(tokens, { signer: world.subAgent.signer }), READ),
    ).toMatchObject({
      refusal: { code: 'revoked', link: 2, inherited: false },
    })
    expect(codeOf(await verifier.verify(await world.present(tokens.slice(0, 2)), READ))).toBe('verified')
  })

  it('of the owner ends everything below', async () => {
    const tokens = await world.subAgentChain()
    await revoke(1)

    expect(
      await verifier.verify(await world.present(tokens, { signer: world.subAgent.signer }), READ),
    ).toMatchObject({
      refusal: { code: 'revoked', link: 0, inherited: true, refresh: true },
    })
  })

  it('that is known is not undone by age', async () => {
    const tokens = await world.agentChain()
    await revoke(2)
    world.now += 7 * 3_600_000

    expect(codeOf(await verifier.verify(await world.present(tokens), READ))).toBe('revoked')
  })

  it('comes before a suspension of an ancestor', async () => {
    world.site.set('suspension', 1)
    await revoke(2)

    expect(await verifier.verify(await world.present(await world.agentChain()), READ)).toMatchObject({
      refusal: { code: 'revoked', link: 1 },
    })
  })

  it('is kept when a later list lacks it, with an alarm [SL-14, L4]', async () => {
    const alarms: string[] = []
    verifier = await started({ onAlarm: ({ kind }) => alarms.push(kind) })
    await revoke(2)
    world.now += 1000
    world.site.set('revocation', 2, false)
    await world.site.publish()
    await verifier.sync()

    expect(codeOf(await verifier.verify(await world.present(await world.agentChain()), READ))).toBe('revoked')
    expect(alarms).toEqual(['revocation_cleared'])
  })
})

describe('suspension', () => {
  it('is told apart from revocation, and lifted [I11, SS-03]', async () => {
    const tokens = await world.agentChain()
    world.site.set('suspension', 2)
    await world.site.publish()
    await verifier.sync()
    expect(await verifier.verify(await world.present(tokens), READ)).toMatchObject({
      refusal: { code: 'suspended', link: 1, inherited: false, retryable: true },
    })
    world.now += 1000
    world.site.set('suspension', 2, false)
    await world.site.publish()
    await verifier.sync()

    expect(codeOf(await verifier.verify(await world.present(tokens), READ))).toBe('verified')
  })
})

describe('status that is not held', () => {
  it('is unavailable, never good, and is looked for in the background [SL-01]', async () => {
    const options = { audience: AUDIENCE, trust: [world.trust], freshness: { '*': 'routine' } } as const
    const cold = createVerifier({ ...options, fetch: world.site.fetch, clock: world.clock })
    const tokens = await world.agentChain()
    world.site.reachable = false
    await cold.sync()
    world.site.reachable = true

    expect(await cold.verify(await world.present(tokens), READ)).toMatchObject({
      refusal: { code: 'status_unavailable', retryable: true, authenticated: true },
    })
    await expect.poll(() => cold.status()[0]?.lists).toBe(2)
    expect(codeOf(await cold.verify(await world.present(tokens), READ))).toBe('verified')
  })

  it('may be missing from a short-lived last link when its parent allows it, not for a critical action', async () => {
    const above = await world.agentChain({ allowStatusless: true })
    const granted = { authorizationDetails: [mailGrant()] }
    const { status: _, ...derived } = world.derivedCredential(await readLink(above[1]), granted)
    const tokens = [...above, await world.sign(derived, world.agent.signer)]
    const present = () => world.present(tokens, { signer: world.subAgent.signer })

    expect(codeOf(await verifier.verify(await present(), READ))).toBe('verified')
    expect(await verifier.verify(await present(), { action: 'mail.send' })).toMatchObject({
      refusal: { code: 'status_missing', link: 2 },
    })
  })
})

describe('a proof that ends while something is waited for', () => {
  it.each([
    ['as long ago as clocks may be apart', 90_000, 'verified'],
    ['longer ago', 90_001, 'holder_proof_invalid'],
  ])('is judged as of then: %s', async (_, waitedMs, code) => {
    const use = async () => {
      world.now += waitedMs
      return 'fresh' as const
    }
    const waiting = await started({ replay: { use } })
    const verdict = await waiting.verify(await world.present(await world.agentChain()), READ)

    expect(codeOf(verdict)).toBe(code)
    if (!verdict.verified)
      expect(verdict.refusal).toMatchObject({ dimension: 'expires', authenticated: false })
  })
})

describe('a link that was not signed by its issuer', () => {
  it('says nothing about anybody, because the presenter was not authenticated', async () => {
    const [root, agent] = await world.agentChain()
    const spliced = await world.spliced(agent)

    expect(await verifier.verify(await world.present([root, spliced]), READ)).toMatchObject({
      refusal: { code: 'signature_invalid', link: 1, authenticated: false },
    })
    expect(codeOf(await verifier.verify(await world.present([root, agent]), READ))).toBe('verified')
  })
})

describe('a presenter with a key that nobody can verify with', () => {
  it.each([
    [
      'P-384',
      'did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9',
      'holder_proof_invalid',
    ],
    ['X25519', 'did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F', 'unsupported'],
  ] as const)('is refused: %s', async (_, did, code) => {
    const signer = { ...world.agent.signer, keyId: `${did}#${did.slice('did:key:'.length)}` as const }
    const request = await world.present(await world.agentChain({ id: did }), { signer })

    expect(codeOf(await verifier.verify(request, READ))).toBe(code)
  })
})

describe('a request of another shape than the verifier reads', () => {
  const GET = { method: 'GET', target: '/inbox' }

  it.each([
    ['nothing', undefined],
    ['a framework request with fields and no function', { ...GET, headers: {} }],
    ['a Request', new Request(AUDIENCE)],
  ])('is an error of the caller that says what is missing: %s', async (_, request) => {
    await expect(verifier.verify(request as never, READ)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
      message: expect.stringContaining('{ method, target, header(name), body? }'),
    })
  })

  it('is an error of the caller where the target is missing from what was presented', async () => {
    const { target: _, ...request } = await world.present(await world.agentChain())

    await expect(verifier.verify(request as never, READ)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('is one that presents nothing when its functions answer nothing', async () => {
    expect(codeOf(await verifier.verify({ ...GET, header: () => undefined }, READ))).toBe('chain_required')
  })

  it('is not blamed for what goes wrong elsewhere', async () => {
    const header = (): never => {
      throw new RangeError('of the caller')
    }

    await expect(verifier.verify({ ...GET, header }, READ)).rejects.toThrow(RangeError)
  })
})
