import { headDigest } from '../../../src/status/head.ts'
import type { ExpectedRefusal, VectorFile, VectorStep } from '../format.ts'
import { BASE, HOUR, NOW, READ, Scene, statusEntries, time } from './scene.ts'
import { BOTH, pair, publish, REVOKED, SUSPENDED, signList } from './site.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

const LAST = 131_071

/** What lists and their age mean for a chain. */
export async function status(): Promise<VectorFile> {
  const scene = await Scene.create('status')
  const theme = new Theme('status', 'What lists and their age mean for a chain.', await settingOf(scene))
  await bits(theme, scene)
  await mechanisms(theme, scene)
  await ages(theme, scene)
  await changes(theme, scene)
  return theme.file
}

async function bits(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const at = async (owner: number, agent: number, sub?: number) => {
    const texts = [await scene.owner({}, { credentialStatus: statusEntries(owner) })]
    const index = { credentialStatus: statusEntries(agent) }
    const leased = { revocation: `${BASE}/r1`, suspension: `${BASE}/s1`, indexes: [String(sub)] }
    const own = await scene.agent(
      sub === undefined ? { statusLease: undefined } : { statusLease: [leased] },
      index,
    )
    texts.push(own)
    if (sub === undefined) return asked(await scene.request(texts))
    texts.push(await scene.derived(own, {}, { credentialStatus: statusEntries(sub) }))
    return asked(await scene.request(texts, { by: cast.sub }))
  }
  theme.accept('clean', 'a chain without a bit set', await at(1, 2, 10), { says: { asOf: time(0) } })
  for (const index of [0, 7, 8, 89, 93, LAST]) {
    theme.accept(`index-${index}`, `the index ${index}, beside others that are set`, await at(1, index), {
      threats: ['SL-18'],
    })
  }
  const wrong: readonly (readonly [string, string, Parameters<typeof at>, string, string[]])[] = [
    ['revoked', 'an agent that is revoked', [1, REVOKED], 'revoked@1', ['SS-01']],
    ['revoked-above', 'a sub-agent whose agent is revoked', [1, REVOKED, 10], 'revoked^@1', ['DC-08']],
    ['revoked-owner', 'an agent whose owner is revoked', [REVOKED, 2], 'revoked^@0', ['DC-08']],
    ['revoked-last', 'a sub-agent that is revoked itself', [1, 2, REVOKED], 'revoked@2', ['SS-01']],
    ['suspended', 'an agent that is suspended', [1, SUSPENDED], 'suspended@1', ['SS-03']],
    ['suspended-above', 'an agent whose owner is suspended', [SUSPENDED, 2], 'suspended^@0', ['DC-08']],
    ['both', 'an agent that is revoked and suspended', [1, BOTH], 'revoked@1', ['SS-03']],
    [
      'revoked-below-suspended',
      'a revoked sub-agent of a suspended agent',
      [1, SUSPENDED, REVOKED],
      'revoked@2',
      ['SS-03'],
    ],
    [
      'beyond',
      'an index just beyond the list',
      [1, LAST + 1],
      'status_invalid!@1 statusListIndex',
      ['SL-18'],
    ],
    [
      'far-beyond',
      'an index far beyond the list',
      [1, 2_147_483_647],
      'status_invalid!@1 statusListIndex',
      ['SL-18'],
    ],
  ]
  for (const [name, title, indexes, expected, threats] of wrong) {
    theme.refuse(name, 'clean', title, refusal(expected), await at(...indexes), { threats })
  }
  const lists = async (revocation: string, suspension: string) => {
    const [r = {}, s = {}] = statusEntries(2)
    const credentialStatus = [
      { ...r, statusListCredential: `${BASE}/${revocation}` },
      { ...s, statusListCredential: `${BASE}/${suspension}` },
    ]
    return asked(await scene.request(await scene.twoLinks({ statusLease: undefined }, { credentialStatus })))
  }
  theme.refuse(
    'list-unknown',
    'clean',
    'a list that nobody published',
    refusal('status_unavailable!@1'),
    await lists('r9', 's1'),
    { threats: ['SL-01'] },
  )
  theme.refuse(
    'lists-swapped',
    'clean',
    'the lists of a pair swapped',
    refusal('status_invalid!@1 statusPurpose'),
    await lists('s1', 'r1'),
  )
}

/** The bit counts whatever secures the credential. */
async function mechanisms(theme: Theme, scene: Scene): Promise<void> {
  const top = { credentialStatus: statusEntries(REVOKED) }
  for (const mechanism of ['vc+jwt', 'vc+sd-jwt', 'eddsa-jcs-2022'] as const) {
    const shown = async (changes: object) =>
      asked(await scene.request([await scene.owner(), await scene.agent({}, changes as never, mechanism)]))
    const name = mechanism.replace('vc+', '')
    theme.accept(`clean-${name}`, `an agent’s credential as ${mechanism}`, await shown({}))
    theme.refuse(
      `revoked-${name}`,
      `clean-${name}`,
      `a revoked agent’s credential as ${mechanism}`,
      refusal('revoked@1'),
      await shown(top),
      { threats: ['SS-09'] },
    )
  }
}

async function ages(theme: Theme, scene: Scene): Promise<void> {
  const chain = await scene.twoLinks()
  const at = async (ms: number, ask = READ) => ({
    ...asked(await scene.request(chain, { at: ms }), ask),
    at: time(ms),
  })
  const synced = async (
    steps: readonly VectorStep[],
    expected: readonly (ExpectedRefusal | { verified: true })[],
  ) => steps.map((step, i) => ({ ...step, expected: expected[i] ?? { verified: true as const } }))
  const now = { do: 'sync' as const }
  const held = { verified: true as const }
  const critical = { action: 'mail.send' }
  theme.add(
    'sensitive',
    'status that is 5 min old, for an action that takes as much',
    await synced([now, await at(300_000)], [held, held]),
    { threats: ['SS-11'] },
  )
  theme.add(
    'sensitive-stale',
    'status that is a millisecond older',
    await synced([now, await at(300_001)], [held, refusal('status_stale!@0 freshness')]),
    { threats: ['SS-11'] },
    'sensitive',
  )
  theme.add(
    'critical',
    'status that is 30 s old, for a critical action',
    await synced([now, await at(30_000, critical)], [held, held]),
    { threats: ['SS-11'] },
  )
  theme.add(
    'critical-stale',
    'status that is a millisecond older, for a critical action',
    await synced([now, await at(30_001, critical)], [held, refusal('status_stale!@0 freshness')]),
    { threats: ['SS-11'] },
    'critical',
  )
  const revoked = asked(
    await scene.request(await scene.twoLinks({}, { credentialStatus: statusEntries(REVOKED) }), {
      at: 2 * HOUR,
    }),
  )
  theme.add(
    'revoked-stale',
    'an agent that was revoked, under status that is too old',
    await synced([now, { ...revoked, at: time(2 * HOUR) }], [held, refusal('revoked@1')]),
    { threats: ['SS-11'] },
    'sensitive',
  )
  const issuer = scene.cast.status
  const lists = await pair(issuer)
  const short = await signList(issuer, { set: [REVOKED], validUntil: NOW + 60_000 })
  const { documents } = await publish(issuer, { lists: [short, lists[1]] })
  theme.add(
    'list-valid',
    'a list shortly before its end',
    await synced([{ ...now, documents }, await at(59_999)], [held, held]),
    { threats: ['SL-12'] },
  )
  theme.add(
    'list-ended',
    'a list at its end, under a head of just now',
    await synced([{ ...now, documents }, await at(60_000)], [held, refusal('status_stale!@0 validUntil')]),
    { threats: ['SL-12'] },
    'list-valid',
  )
}

/** The verifier sees one commit after the other. */
async function changes(theme: Theme, scene: Scene): Promise<void> {
  const issuer = scene.cast.status
  const chain = await scene.twoLinks()
  const first = await publish(issuer)
  const commit = async (at: number, options: Parameters<typeof pair>[1]) =>
    (
      await publish(issuer, {
        lists: await pair(issuer, { version: NOW + at, ...options }),
        at: NOW + at,
        seq: 2,
        prev: first.digest,
      })
    ).documents
  const at = async (ms: number, documents?: Record<string, string>) => ({
    ...asked(await scene.request(chain, { at: ms })),
    at: time(ms),
    ...(documents === undefined ? {} : { documents }),
  })
  const held = { verified: true as const }
  const revoked = await commit(1000, { revoked: [2, REVOKED, BOTH, 9113] })
  theme.add(
    'then-revoked',
    'an agent before and after it is revoked',
    [
      { ...(await at(0)), expected: held },
      { ...(await at(1000, revoked)), expected: refusal('revoked@1') },
    ],
    { threats: ['SS-01'] },
    'clean',
  )
  const suspended = await commit(1000, { suspended: [2] })
  const lifted = await publish(issuer, {
    lists: await pair(issuer, { version: NOW + 2000 }),
    at: NOW + 2000,
    seq: 3,
    prev: digestAfter(suspended),
  })
  theme.add('resumed', 'an agent before, while and after it is suspended', [
    { ...(await at(0)), expected: held },
    { ...(await at(1000, suspended)), expected: refusal('suspended@1') },
    { ...(await at(2000, lifted.documents)), expected: held },
  ])
  const cleared = await publish(issuer, {
    lists: await pair(issuer, { version: NOW + 2000 }),
    at: NOW + 2000,
    seq: 3,
    prev: digestAfter(revoked),
  })
  theme.add(
    'cleared',
    'a revocation that a later list lacks stays',
    [
      { ...(await at(1000, revoked)), expected: refusal('revoked@1') },
      { ...(await at(2000, cleared.documents)), expected: refusal('revoked@1') },
    ],
    { threats: ['SL-14'] },
    'clean',
  )
  const before = (await publish(issuer)).documents
  theme.add(
    'rolled-back',
    'a revocation after the host went back to what was before',
    [
      { ...(await at(1000, revoked)), expected: refusal('revoked@1') },
      { do: 'sync', at: time(2000), documents: before, expected: refusal('status_rollback seq') },
      { ...(await at(2000)), expected: refusal('revoked@1') },
    ],
    { threats: ['SL-14'] },
    'clean',
  )
  const gone = Object.fromEntries(Object.keys(before).map((url) => [url, null]))
  theme.add(
    'offline',
    'a chain after the host has gone, for as long as the status is fresh enough',
    [
      { ...(await at(0)), expected: held },
      { do: 'sync', at: time(100_000), documents: gone, expected: refusal('status_unavailable http_status') },
      { ...(await at(300_000)), expected: held },
      { ...(await at(300_001)), expected: refusal('status_stale!@0 freshness') },
    ],
    { threats: ['SL-01', 'SS-11'] },
    'sensitive',
  )
}

/** `prev` of the head after the one in these documents. */
function digestAfter(documents: Readonly<Record<string, string>>): string {
  const [, payload = ''] = (documents[`${BASE}/head`] ?? '').split('.')
  return headDigest(Buffer.from(payload, 'base64url'))
}
