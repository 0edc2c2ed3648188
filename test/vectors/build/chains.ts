import type { VectorFile } from '../format.ts'
import {
  grant,
  HOUR,
  lease,
  type Overrides,
  over,
  person,
  READ,
  Scene,
  statusEntries,
  time,
} from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

/** How links join: who issued what to whom, for how long, how deep, and with whose status index. */
export async function chains(): Promise<VectorFile> {
  const scene = await Scene.create('chains')
  const theme = new Theme('chains', 'How links join to a chain.', await settingOf(scene))
  await whole(theme, scene)
  await agents(theme, scene)
  await derived(theme, scene)
  await times(theme, scene)
  await leases(theme, scene)
  return theme.file
}

async function whole(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const [root, agent, sub] = await scene.threeLinks()
  const at = async (texts: readonly string[], by = cast.agent) => asked(await scene.request(texts, { by }))
  theme.accept('two-links', 'owner and agent', await at([root, agent]), {
    threats: ['DC-01'],
    says: { kind: 'Agent', agent: 'agt_mailer', presenter: cast.agent.did, owner: cast.owner.did, links: 2 },
  })
  theme.accept('three-links', 'owner, agent and sub-agent', await at([root, agent, sub], cast.sub), {
    threats: ['DC-01'],
    says: { kind: 'SubAgent', agent: 'agt_mailer', presenter: cast.sub.did, owner: cast.owner.did, links: 3 },
  })
  const p256 = await Scene.create('chains p256', 'P-256', { authority: cast.authority, status: cast.status })
  const by = { by: p256.cast.sub }
  theme.accept(
    'p-256',
    'owner, agent and sub-agent with P-256 keys',
    asked(await p256.request(await p256.threeLinks(), by)),
  )
  const inPerson = await at([root], cast.owner)
  theme.accept('owner-in-person', 'the owner alone, where the policy allows it', inPerson, {
    verifier: { ownerInPerson: true },
    says: { kind: 'Owner', presenter: cast.owner.did, links: 1 },
  })
  const wrong: readonly (readonly [string, string, string, readonly string[], string, string[]?])[] = [
    [
      'owner-alone',
      'owner-in-person',
      'the owner alone, where the policy is silent',
      [root],
      'not_authorized owner_in_person',
    ],
    ['no-root', 'two-links', 'the agent without the owner', [agent], 'chain_broken@0 type', ['DC-11']],
    [
      'no-middle',
      'three-links',
      'a chain without its middle',
      [root, sub],
      'chain_broken@1 issuer',
      ['DC-11'],
    ],
    ['reversed', 'two-links', 'a chain in the wrong order', [agent, root], 'chain_broken@0 type'],
    ['root-twice', 'two-links', 'the root twice', [root, root, agent], 'chain_broken@1 type'],
    ['agent-twice', 'two-links', 'the agent twice', [root, agent, agent], 'chain_broken@2 issuer'],
    [
      'nine-links',
      'two-links',
      'nine links',
      [root, ...Array<string>(8).fill('a.b.c')],
      'limit_exceeded agent-delegation',
    ],
  ]
  for (const [name, control, title, texts, expected, threats] of wrong) {
    const [presenter] = texts.length === 1 ? [cast.owner] : [cast.agent]
    const field = texts.map((text) => `"${text}"`).join(', ')
    const request = await scene.request(texts, { by: texts.at(-1) === sub ? cast.sub : presenter, field })
    theme.refuse(
      name,
      control,
      title,
      refusal(expected),
      asked(request),
      threats === undefined ? {} : { threats },
    )
  }
}

async function agents(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const root = await scene.owner()
  const wrong: readonly (readonly [string, string, Overrides, Overrides, string, string[]?])[] = [
    [
      'foreign-issuer',
      'an agent of somebody who is not the subject above',
      {},
      { issuer: cast.mallory.did },
      'chain_broken@1 issuer',
      ['DC-02'],
    ],
    [
      'owner-as-agent',
      'an owner who is their own agent',
      { id: cast.owner.did },
      {},
      'chain_broken@1 credentialSubject.id',
    ],
    [
      'other-authority',
      'an agent that names another authority',
      { authority: cast.mallory.did },
      {},
      'chain_broken@1 credentialSubject.authority',
    ],
    [
      'other-tenant',
      'an agent of another tenant than the owner',
      { tenant: 'globex' },
      {},
      'chain_broken@1 credentialSubject.tenant',
    ],
    [
      'other-environment',
      'an agent in another environment than the owner',
      { environment: 'staging' },
      {},
      'chain_broken@1 credentialSubject.environment',
    ],
  ]
  for (const [name, title, subject, top, expected, threats] of wrong) {
    const issuer = top.issuer === undefined ? cast.owner : cast.mallory
    const agent = await scene.sign(scene.agentJson(subject, top), issuer)
    const request = await scene.request([root, agent], {
      by: subject.id === undefined ? cast.agent : cast.owner,
    })
    theme.refuse(
      name,
      'two-links',
      title,
      refusal(expected),
      asked(request),
      threats === undefined ? {} : { threats },
    )
  }
  const [, agent] = await scene.twoLinks()
  const early = await scene.sign(
    await scene.derivedJson(root, {}, { credentialStatus: statusEntries(2) }),
    cast.owner,
  )
  const run = await scene.request([root, early], { by: cast.sub })
  theme.refuse(
    'no-agent',
    'two-links',
    'a sub-agent directly below the owner',
    refusal('chain_broken@1 credentialSubject.kind'),
    asked(run),
  )
  const late = over(scene.agentJson({ id: cast.sub.did }), {
    issuer: cast.agent.did,
    credentialStatus: statusEntries(10),
  })
  const second = await scene.request([root, agent, await scene.sign(late, cast.agent)], { by: cast.sub })
  theme.refuse(
    'agent-below-agent',
    'three-links',
    'an agent below an agent',
    refusal('chain_broken@2 credentialSubject.kind'),
    asked(second),
  )
  const spread = await scene.twoLinks({}, { validUntil: time(1000 * HOUR) })
  theme.accept(
    'agent-outlives-owner',
    'an agent whose window is longer than the owner’s: both count',
    asked(await scene.request(spread)),
  )
}

async function derived(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const [root, agent] = await scene.twoLinks()
  const other = await scene.agent({ purpose: 'something else' })
  const below = async (subject: Overrides, top: Overrides = {}) => {
    const text = await scene.derived(agent, subject, top)
    return asked(await scene.request([root, agent, text], { by: cast.sub }))
  }
  const { parent } = (await scene.derivedJson(other)).credentialSubject as { parent: Overrides }
  theme.accept(
    'run',
    'a run with its lineage',
    await below({ kind: 'Run', lineage: { rootTask: 'triage', run: '4711' } }),
    {
      says: { kind: 'Run', run: 'urn:uuid:00000000-0000-4000-8000-000000000002' },
    },
  )
  const own = ((await scene.derivedJson(agent)).credentialSubject as { parent: Overrides }).parent
  const foreign = { id: 'urn:uuid:00000000-0000-4000-8000-00000000000f', digest: own.digest ?? '' }
  const wrong: readonly (readonly [string, string, Overrides, Overrides, string, string[]?])[] = [
    [
      'other-parent',
      'a link of another delegation between the same parties',
      { parent: over({}, parent) },
      {},
      'chain_broken@2 credentialSubject.parent.digest',
      ['DC-13'],
    ],
    [
      'other-parent-id',
      'a link that names another parent',
      { parent: foreign },
      {},
      'chain_broken@2 credentialSubject.parent.id',
    ],
    [
      'outlives-parent',
      'a child that ends after its parent',
      {},
      { validUntil: time(24 * HOUR) },
      'chain_broken@2 validUntil',
      ['DC-07'],
    ],
    [
      'before-parent',
      'a child that begins before its parent',
      {},
      { validFrom: time(-2 * HOUR) },
      'chain_broken@2 validFrom',
      ['DC-07'],
    ],
    [
      'same-depth',
      'a child as deep as its parent allows children to be',
      { maxDepth: 2 },
      {},
      'depth_exceeded@2 credentialSubject.maxDepth',
      ['DC-16'],
    ],
    [
      'deeper',
      'a child that raises its depth',
      { maxDepth: 9 },
      {},
      'depth_exceeded@2 credentialSubject.maxDepth',
      ['DC-16'],
    ],
  ]
  for (const [name, title, subject, top, expected, threats] of wrong) {
    theme.refuse(
      name,
      'three-links',
      title,
      refusal(expected),
      await below(subject, top),
      threats === undefined ? {} : { threats },
    )
  }
  theme.accept('depth', 'a child one less deep than its parent', await below({ maxDepth: 1 }), {
    threats: ['DC-16'],
  })
  const task = { lineage: { rootTask: 'triage' }, maxDepth: 1, statusLease: [lease(11, 12)] }
  const sub = await scene.derived(agent, task)
  const fourth = async (lineage: Overrides, parent = sub) => {
    const index = { credentialStatus: statusEntries(11), id: 'urn:uuid:00000000-0000-4000-8000-000000000003' }
    const run = { id: cast.run.did, kind: 'Run', ...lineage }
    const text = await scene.derived(parent, run, index, cast.sub)
    return asked(await scene.request([root, agent, parent, text], { by: cast.run }))
  }
  theme.accept(
    'four-links',
    'a run of a sub-agent, for the same task',
    await fourth({ lineage: { rootTask: 'triage' } }),
    { says: { links: 4 } },
  )
  theme.refuse(
    'other-task',
    'four-links',
    'a run for another task than its parent’s',
    refusal('chain_broken@3 credentialSubject.lineage.rootTask'),
    await fourth({ lineage: { rootTask: 'else' } }),
  )
  const leaf = await scene.derived(agent, { statusLease: [lease(11, 12)] })
  theme.refuse(
    'depth-zero',
    'four-links',
    'a child of a link that says nothing of children',
    refusal('depth_exceeded@3 credentialSubject.maxDepth'),
    await fourth({}, leaf),
    { threats: ['DC-16'] },
  )
}

async function times(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const [root, agent, sub] = await scene.threeLinks()
  const at = async (ms: number, texts: readonly string[] = [root, agent], by = cast.agent) => ({
    ...asked(await scene.request(texts, { by, at: ms })),
    at: time(ms),
  })
  // Status of then, so that nothing but time refuses.
  const fresh = (ms: number) => settingOf(scene).then(() => documentsAt(scene, ms))
  const entry = async (ms: number, texts?: readonly string[], by?: typeof cast.agent) => ({
    ...(await at(ms, texts, by)),
    documents: await fresh(ms),
  })
  theme.accept('last-moment', 'a link at its end, as clocks may differ', await entry(23 * HOUR + 29_999))
  theme.refuse(
    'expired',
    'last-moment',
    'a link after its end',
    refusal('expired@1'),
    await entry(23 * HOUR + 30_000),
  )
  theme.refuse(
    'root-expired',
    'two-links',
    'an owner credential after its end',
    refusal('expired@0'),
    await entry(720 * HOUR + 30_000),
  )
  theme.accept(
    'first-moment',
    'a link before its beginning, as clocks may differ',
    await entry(-HOUR - 30_000),
  )
  theme.refuse(
    'not-yet',
    'first-moment',
    'a link before its beginning',
    refusal('not_yet_valid@0'),
    await entry(-HOUR - 30_001),
  )
  const late = HOUR / 4 + 30_000
  theme.refuse(
    'child-expired',
    'three-links',
    'a child after its end, its parents valid',
    refusal('expired@2'),
    await entry(late, [root, agent, sub], cast.sub),
  )
  const short = await scene.agent({}, { validUntil: time(HOUR / 2) })
  const child = await scene.derived(short)
  theme.refuse(
    'parent-expired',
    'three-links',
    'a child after its parent’s end',
    refusal('expired@1'),
    await entry(HOUR, [root, short, child], cast.sub),
    { threats: ['DC-07'] },
  )
}

async function documentsAt({ cast }: Scene, ms: number): Promise<Record<string, string>> {
  const { pair, publish } = await import('./site.ts')
  const at = Date.parse(time(ms))
  return (await publish(cast.status, { lists: await pair(cast.status, { version: at }), at })).documents
}

async function leases(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const below = async (agentSubject: Overrides, subject: Overrides, top: Overrides, ask = READ) => {
    const agent = await scene.agent(agentSubject)
    const text = await scene.derived(agent, subject, top)
    return asked(await scene.request([await scene.owner(), agent, text], { by: cast.sub }), ask)
  }
  const none = { credentialStatus: undefined }
  theme.accept(
    'without-status',
    'a last link without status, for 900 s, as its parent allows',
    await below({ allowStatusless: true }, {}, none),
  )
  const send = { authorizationDetails: [grant()] }
  const wrong: readonly (readonly [string, string, string, Parameters<typeof below>, string, string[]?])[] = [
    [
      'status-missing',
      'without-status',
      'a last link without status that its parent does not allow',
      [{}, {}, none],
      'status_missing@2 credentialStatus',
      ['SS-08'],
    ],
    [
      'status-missing-long',
      'without-status',
      'a last link without status that lives for longer than 900 s',
      [{ allowStatusless: true }, {}, { ...none, validUntil: time(900_001) }],
      'status_missing@2 credentialStatus',
    ],
    [
      'status-missing-critical',
      'without-status',
      'a last link without status for a critical action',
      [{ allowStatusless: true }, send, none, { action: 'mail.send' }],
      'status_missing@2',
    ],
    [
      'index-not-leased',
      'three-links',
      'a child with an index that was not leased to its parent',
      [{}, {}, { credentialStatus: statusEntries(14) }],
      'status_invalid@2 credentialStatus',
    ],
    [
      'lease-wider',
      'three-links',
      'a child that leases on more than its parent has',
      [{}, { statusLease: [lease(12, 14)] }, {}],
      'status_invalid@2 credentialSubject.statusLease',
    ],
    [
      'lease-of-itself',
      'three-links',
      'a child that leases on its own index',
      [{}, { statusLease: [lease(10, 11)] }, {}],
      'status_invalid@2 credentialSubject.statusLease',
    ],
    [
      'other-lists',
      'three-links',
      'a child with the right index in other lists',
      [{}, {}, { credentialStatus: statusEntries(10, undefined, 2) }],
      'status_invalid@2 credentialStatus',
    ],
    [
      'agent-leases-itself',
      'three-links',
      'an agent whose lease has its own index',
      [{ statusLease: [lease(2, 10)] }, {}, {}],
      'status_invalid@1 credentialSubject.statusLease',
    ],
  ]
  for (const [name, control, title, parts, expected, threats] of wrong) {
    theme.refuse(
      name,
      control,
      title,
      refusal(expected),
      await below(...parts),
      threats === undefined ? {} : { threats },
    )
  }
  const [, agent] = await scene.twoLinks({ allowStatusless: true })
  const middle = await scene.derived(agent, { maxDepth: 1, allowStatusless: true }, none)
  const json = await scene.derivedJson(middle, { id: cast.run.did }, none)
  const texts = [await scene.owner(), agent, middle, await scene.sign(json, cast.sub)]
  theme.refuse(
    'middle-without-status',
    'without-status',
    'a link without status that is not the last',
    refusal('status_missing@2 credentialStatus'),
    asked(await scene.request(texts, { by: cast.run })),
    { threats: ['DC-10'] },
  )
  const held = { custody: 'owner', statusLease: [lease(2, 3)] }
  const byOwner = async (index: number) =>
    asked(
      await scene.request([
        await scene.owner(held),
        await scene.agent({ statusLease: undefined }, { credentialStatus: statusEntries(index) }),
      ]),
    )
  theme.accept(
    'owner-custody',
    'an agent whose owner holds the key, with an index leased to the owner',
    await byOwner(2),
  )
  theme.refuse(
    'owner-custody-index',
    'owner-custody',
    'an agent whose owner holds the key, with an index that the owner does not lease',
    refusal('status_invalid@1 credentialStatus'),
    await byOwner(4),
  )
  const stranger = await person('stranger')
  const foreign = await scene.sign(scene.agentJson({ id: stranger.did }), cast.owner)
  theme.accept(
    'other-agent',
    'another agent of the same owner',
    asked(await scene.request([await scene.owner(), foreign], { by: stranger })),
    { says: { presenter: stranger.did } },
  )
}
