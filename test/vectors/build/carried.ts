import { sha256 } from '#crypto'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import type { Expected, VectorFile } from '../format.ts'
import { AT, BASE, NOW, type Overrides, over, Scene, time } from './scene.ts'
import { REVOKED } from './site.ts'
import { refusal, settingOf, Theme, trustIn } from './theme.ts'
import { listOf, Making } from './written-status.ts'

/** Status that somebody wrote down: a snapshot in a bundle, and as a verifier keeps it for itself. */
export async function carried(): Promise<VectorFile> {
  const scene = await Scene.create('carried')
  const { verifier } = await settingOf(scene)
  const about = 'Bundles, kept status, and the snapshots in both, for a verifier that can reach nobody.'
  const theme = new Theme('status-carried', about, { at: AT, verifier, documents: {} })
  const made = await Making.create(scene)
  await bundles(theme, made)
  await snapshots(theme, made)
  await kept(theme, made)
  return theme.file
}

const HELD = { verified: true, lists: 2, asOf: AT } as const

async function bundles(theme: Theme, made: Making): Promise<void> {
  const { carrier, scene } = made
  const status = await made.status()
  const good = await made.bundle(status)
  const take = (bundle: string, expected: Expected, did: string = carrier.did) => ({
    do: 'bundle' as const,
    bundle,
    did,
    expected,
  })
  theme.add('bundle', 'a bundle', [take(good, HELD)])
  theme.add('bundle-then-good', 'a bundle, and an agent who is not revoked in it', [
    take(good, HELD),
    { ...(await made.request(2)), expected: { verified: true } },
  ])
  theme.add(
    'bundle-then-revoked',
    'a bundle, and an agent who is revoked in it',
    [take(good, HELD), { ...(await made.request(REVOKED)), expected: refusal('revoked@1') }],
    {},
    'bundle-then-good',
  )
  const later = { seq: 2, at: NOW + 1000, prev: made.digest }
  const next = await made.snapshot({}, later)
  const newer = take(await made.bundle(await made.status({}, next)), { ...HELD, asOf: time(1000) })
  theme.add('bundle-newer', 'a bundle, and later a newer one', [
    take(good, HELD),
    { ...newer, at: time(1000) },
  ])
  theme.add(
    'bundle-older',
    'an older bundle after a newer one, whenever it was signed',
    [
      { ...newer, at: time(1000) },
      take(await made.bundle(status, { iatMs: NOW + 1000 }), refusal('status_rollback')),
    ],
    { threats: ['SL-14'] },
    'bundle-newer',
  )
  const stranger = { ...status, authority: scene.cast.mallory.did }
  const twice = { trust: over(trustIn(scene.cast) as unknown as JsonObject, {}), status }
  const others = { trust: { ...twice.trust, authority: scene.cast.mallory.did }, status: stranger }
  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      'mallory',
      'a bundle of somebody else',
      await made.bundle(status, {}, scene.cast.mallory),
      'key_not_authorized',
    ],
    [
      'flipped',
      'a bundle that was changed',
      `${good.slice(0, -20)}${good.at(-20) === 'A' ? 'B' : 'A'}${good.slice(-19)}`,
      'signature_invalid',
    ],
    [
      'future',
      'a bundle of a time to come',
      await made.bundle(status, { iatMs: NOW + 30_001 }),
      'not_yet_valid',
    ],
    ['typ', 'another typ', await made.bundle(status, {}, carrier, 'procura-head+jwt'), 'malformed'],
    [
      'iss',
      'another issuer in the content',
      await made.bundle(status, { iss: scene.cast.mallory.did }),
      'malformed',
    ],
    ['member', 'a member that bundles do not have', await made.bundle(status, { exp: NOW }), 'malformed'],
    ['twice', 'an authority twice', await made.bundle(status, { authorities: [twice, twice] }), 'malformed'],
    ['other-name', 'trust of another authority than the status', await made.bundle(stranger), 'malformed'],
    [
      'untrusted',
      'an authority that the importer does not trust',
      await made.bundle(status, { authorities: [others] }),
      'untrusted_authority',
    ],
    ['no-bundle', 'no bundle', 'bundle', 'malformed'],
  ]
  for (const [name, title, text, code] of cases)
    theme.add(`bundle-${name}`, title, [take(text, refusal(code))], {}, 'bundle')
}

async function snapshots(theme: Theme, made: Making): Promise<void> {
  const snapshot = await made.snapshot()
  const [first = {}, second = {}] = made.lists.map(listOf)
  const [r1, s1] = made.lists.map(({ leaf }) => ({ ...leaf }))
  const { mallory } = made.scene.cast
  const cases: readonly (readonly [string, string, Overrides, Overrides?])[] = [
    ['member', 'a member that snapshots do not have', { more: 1 }],
    ['root', 'a leaf table with another root', { leafTable: { leaves: [r1 as unknown as Json] } }],
    ['order', 'leaves in another order', { leafTable: { leaves: [s1, r1] as unknown as Json } }],
    ['bits', 'bits of another list', { lists: [{ ...first, encodedList: second.encodedList ?? '' }] }],
    ['no-leaf', 'a list that is no leaf', { lists: [{ ...first, list: `${BASE}/r9` }] }],
    ['twice', 'a list twice', { lists: [first, first] }],
    ['ended', 'a list that ends with its version', { lists: [{ ...first, validUntil: NOW }] }],
    ['list-member', 'a member that lists of snapshots do not have', { lists: [{ ...first, version: NOW }] }],
    ['head', 'a head by somebody else', { head: (await made.snapshot({}, { by: mallory })).head ?? null }],
    [
      'head-future',
      'a head of a time to come',
      { head: (await made.snapshot({}, { at: NOW + 30_001 })).head ?? null },
    ],
    ['source', 'the head of another place', {}, { source: `${BASE}/other` }],
    [
      'emergency',
      'a head that commits to an emergency list that is not there',
      {
        head:
          (await made.snapshot({}, { head: { emergency: encodeBase64url(sha256(new Uint8Array())) } }))
            .head ?? null,
      },
    ],
  ]
  for (const [name, title, changes, about = {}] of cases) {
    const bundle = await made.bundle(await made.status(about, over(snapshot, changes)))
    const step = { do: 'bundle' as const, bundle, did: made.carrier.did, expected: refusal('status_invalid') }
    theme.add(`snapshot-${name}`, title, [step], {}, 'bundle')
  }
  const some = await made.bundle(await made.status({}, over(snapshot, { lists: [first] })))
  theme.add('snapshot-one-list', 'a snapshot without one of its lists', [
    { do: 'bundle', bundle: some, did: made.carrier.did, expected: { ...HELD, lists: 1 } },
  ])
}

async function kept(theme: Theme, made: Making): Promise<void> {
  const write = (json: JsonObject): string => {
    const text = JSON.stringify(json)
    return `${encodeBase64url(sha256(new TextEncoder().encode(text)))}\n${text}`
  }
  const status = await made.status()
  const good = write({ status, revocations: [] })
  theme.add('kept', 'what a verifier kept', [{ do: 'kept', text: good, expected: HELD }])
  theme.add('kept-then-good', 'what a verifier kept, and an agent who is not revoked in it', [
    { do: 'kept', text: good, expected: HELD },
    { ...(await made.request(2)), expected: { verified: true } },
  ])
  theme.add(
    'kept-then-revoked',
    'what a verifier kept, and an agent who is revoked in it',
    [
      { do: 'kept', text: good, expected: HELD },
      { ...(await made.request(REVOKED)), expected: refusal('revoked@1') },
    ],
    {},
    'kept-then-good',
  )
  const cases: readonly (readonly [string, string, string])[] = [
    ['cut', 'a text without its end', good.slice(0, -1)],
    ['flipped', 'a text that was changed', good.replace('"documents"', '"Documents"')],
    ['no-digest', 'a text without its digest', good.slice(44)],
    ['nothing', 'nothing', ''],
    ['member', 'a member that it does not have', write({ status, revocations: [], more: 1 })],
    ['no-revocations', 'a text without revocations', write({ status })],
    [
      'revocations',
      'revocations without a version',
      write({ status, revocations: [{ list: `${BASE}/r1`, key: 'x', encodedList: 'u' }] }),
    ],
    [
      'authority',
      'what was kept of another authority',
      write({ status: { ...status, authority: made.scene.cast.mallory.did }, revocations: [] }),
    ],
    [
      'source',
      'what was kept of another head',
      write({ status: { ...status, source: `${BASE}/other` }, revocations: [] }),
    ],
  ]
  for (const [name, title, text] of cases)
    theme.add(`kept-${name}`, title, [{ do: 'kept', text, expected: refusal('status_invalid') }], {}, 'kept')
}
