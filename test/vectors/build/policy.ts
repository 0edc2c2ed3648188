import type { VectorAsk, VectorFile } from '../format.ts'
import { READ, Scene } from './scene.ts'
import { asked, refusal, settingOf, Theme, trustIn } from './theme.ts'

const SEND: VectorAsk = { action: 'mail.send' }

/** What a service provider does not take, of what an authority that it trusts vouches for. */
export async function policy(): Promise<VectorFile> {
  const scene = await Scene.create('policy')
  const theme = new Theme(
    'policy',
    'What a service provider does not take from an authority that it trusts.',
    await settingOf(scene),
  )
  await limits(theme, scene)
  await blocked(theme, scene)
  await assurance(theme, scene)
  await algorithms(theme, scene)
  return theme.file
}

async function limits(theme: Theme, scene: Scene): Promise<void> {
  const entry = trustIn(scene.cast)
  const chain = await scene.twoLinks()
  const under = (mayGrant: object) => ({ verifier: { trust: [{ ...entry, mayGrant }] } })
  const ask = async (what: VectorAsk, target = '/inbox') =>
    asked(await scene.request(chain, { target }), what)
  const read = [{ actions: ['mail.read'] }]
  const placed = [{ actions: ['mail.read'], locations: ['https://mail.example/inbox/'] }]
  const named = [{ actions: ['mail.read'], identifiers: ['inbox/'] }]
  theme.accept('may-grant', 'what the authority may grant here', await ask(READ), under(read))
  theme.accept(
    'may-grant-place',
    'what it may grant, at a place below the one that is named',
    await ask(READ, '/inbox/7'),
    under(placed),
  )
  theme.accept(
    'may-grant-identifier',
    'what it may grant, of what is named',
    await ask({ ...READ, identifier: 'inbox/7' }),
    under(named),
  )
  const wrong: readonly (readonly [string, string, string, Awaited<ReturnType<typeof ask>>, object])[] = [
    ['may-not-grant', 'may-grant', 'what the chain grants, and the authority may not', await ask(SEND), read],
    [
      'may-not-grant-place',
      'may-grant-place',
      'what it may grant, at another place',
      await ask(READ, '/outbox'),
      placed,
    ],
    [
      'may-not-grant-segment',
      'may-grant-place',
      'what it may grant, at a place whose name begins like it',
      await ask(READ, '/inboxes'),
      placed,
    ],
    [
      'may-not-grant-identifier',
      'may-grant-identifier',
      'what it may grant, of nothing that is named',
      await ask(READ),
      named,
    ],
    [
      'may-grant-nothing',
      'may-grant',
      'anything, of an authority that may grant nothing',
      await ask(READ),
      [],
    ],
  ]
  for (const [name, control, title, step, mayGrant] of wrong) {
    theme.refuse(name, control, title, refusal('not_authorized@0 mayGrant'), step, under(mayGrant))
  }
  const other = { verifier: { trust: [{ ...entry, mayGrant: [{ actions: ['*'] }] }] } }
  theme.refuse(
    'may-grant-form',
    'may-grant',
    'an option that says what it may grant with a wildcard',
    refusal('configuration'),
    await ask(READ),
    other,
  )
}

async function blocked(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const entry = trustIn(cast)
  const software = { software: { name: 'mailer', version: '2.1.0' } }
  const [root, agent] = await scene.twoLinks(software)
  const sub = await scene.derived(agent)
  const ask = async (texts: readonly string[], by = cast.agent) => asked(await scene.request(texts, { by }))
  const under = (what: object) => ({ verifier: { trust: [{ ...entry, blocked: what }] } })
  const [two, three] = [await ask([root, agent]), await ask([root, agent, sub], cast.sub)]
  const nobody = {
    owners: [cast.mallory.did],
    agents: [cast.mallory.did, 'agt_other'],
    software: [{ name: 'mailer', versions: ['2.0.0'], below: '2.1.0' }],
  }
  theme.accept('not-blocked', 'a chain where others are blocked', two, under(nobody))
  theme.accept('not-blocked-below', 'a sub-agent where others are blocked', three, under(nobody))
  const wrong: readonly (readonly [string, string, typeof two, object, string])[] = [
    [
      'owner',
      'an owner that is blocked',
      two,
      { owners: [cast.owner.did] },
      'not_authorized@0 blocked.owners',
    ],
    [
      'agent',
      'an agent that is blocked by its DID',
      two,
      { agents: [cast.agent.did] },
      'not_authorized@1 blocked.agents',
    ],
    [
      'agent-id',
      'an agent that is blocked by its agentId',
      two,
      { agents: ['agt_mailer'] },
      'not_authorized@1 blocked.agents',
    ],
    [
      'agent-above',
      'a sub-agent of an agent that is blocked',
      three,
      { agents: ['agt_mailer'] },
      'not_authorized@1 blocked.agents',
    ],
    [
      'sub-agent',
      'a sub-agent that is blocked',
      three,
      { agents: [cast.sub.did] },
      'not_authorized@2 blocked.agents',
    ],
    [
      'software',
      'software that is blocked',
      two,
      { software: [{ name: 'mailer' }] },
      'not_authorized@1 blocked.software',
    ],
    [
      'software-version',
      'a version of software that is blocked',
      two,
      { software: [{ name: 'mailer', versions: ['2.1.0'] }] },
      'not_authorized@1 blocked.software',
    ],
    [
      'software-below',
      'a version of software below one that is needed',
      two,
      { software: [{ name: 'mailer', below: '2.10.0' }] },
      'not_authorized@1 blocked.software',
    ],
  ]
  for (const [name, title, step, what, expected] of wrong) {
    const control = step === two ? 'not-blocked' : 'not-blocked-below'
    theme.refuse(`blocked-${name}`, control, title, refusal(expected), step, under(what))
  }
}

async function assurance(theme: Theme, scene: Scene): Promise<void> {
  const under = (minimum: object) => ({
    verifier: { assurance: { levels: ['password', 'mfa', 'hardware'], minimum } },
  })
  const texts = await scene.twoLinks()
  const step = asked(await scene.request(texts))
  theme.accept('assured', 'an owner who is known as surely as is needed', step, under({ '*': 'mfa' }))
  theme.accept('assured-more', 'an owner who is known more surely', step, under({ '*': 'password' }))
  const more = under({ 'mail.read': 'hardware', '*': 'password' })
  theme.refuse(
    'not-assured',
    'assured',
    'an owner who is not known surely enough for the action',
    refusal('not_authorized@0 assurance'),
    step,
    more,
  )
  const odd = [await scene.owner({ assurance: 'vouched' }), texts[1]]
  theme.refuse(
    'assured-unknown',
    'assured',
    'a level that the service provider does not list',
    refusal('not_authorized@0 assurance'),
    asked(await scene.request(odd)),
    under({ '*': 'password' }),
  )
}

async function algorithms(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const p256 = await Scene.create('policy p256', 'P-256', { authority: cast.authority, status: cast.status })
  const only = { verifier: { algorithms: ['EdDSA'] } }
  const [ed, es] = [await scene.request(await scene.twoLinks()), await p256.request(await p256.twoLinks())]
  theme.accept('algorithm', 'a chain with EdDSA alone, where nothing else is taken', asked(ed), only)
  theme.refuse(
    'algorithm-other',
    'algorithm',
    'a chain with ES256, where EdDSA alone is taken',
    refusal('unsupported@1 algorithm'),
    asked(es),
    { ...only, threats: ['TP-09'] },
  )
  const mixed = await scene.agent({ id: p256.cast.agent.did })
  const presenter = await scene.request([await scene.owner(), mixed], { by: p256.cast.agent })
  theme.refuse(
    'algorithm-proof',
    'algorithm',
    'a presenter with ES256, where EdDSA alone is taken',
    refusal('unsupported algorithm'),
    asked(presenter),
    { ...only, threats: ['TP-09'] },
  )
}
