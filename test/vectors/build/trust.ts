import type { ExpectedRefusal, VectorFile } from '../format.ts'
import { BASE, person, Scene, statusEntries } from './scene.ts'
import { asked, refusal, settingOf, Theme, trustIn } from './theme.ts'

/** Whom a service provider trusts, for which tenants and in which environment. */
export async function trust(): Promise<VectorFile> {
  const scene = await Scene.create('trust')
  const theme = new Theme(
    'trust',
    'Whom a service provider trusts, for whom and where.',
    await settingOf(scene),
  )
  const { cast } = scene
  const entry = trustIn(cast)
  const chain = asked(await scene.request(await scene.twoLinks()))
  theme.accept('trusted', 'a chain of the authority that is trusted', chain, {
    says: { authority: cast.authority.did, tenant: 'acme' },
  })
  theme.accept('tenant', 'a tenant that is listed', chain, {
    verifier: { trust: [{ ...entry, tenants: ['acme'] }] },
  })
  const other = await person('other status')
  const begins = { ...entry, authority: cast.authority.did.slice(0, -1) }
  const wrong: readonly (readonly [string, string, Record<string, unknown>, ExpectedRefusal, string[]])[] = [
    ['nobody', 'a chain where nobody is trusted', { trust: [] }, refusal('untrusted_authority@0'), ['TP-01']],
    [
      'prefix',
      'a chain of an authority whose DID begins like a trusted one',
      { trust: [begins] },
      refusal('untrusted_authority@0'),
      ['TP-02'],
    ],
    [
      'other-tenant',
      'a tenant that is not listed',
      { trust: [{ ...entry, tenants: ['globex'] }] },
      refusal('tenant_mismatch@0'),
      [],
    ],
    [
      'environment',
      'a chain of another environment',
      { environment: 'staging' },
      refusal('environment_mismatch@0'),
      [],
    ],
    [
      'status-issuer',
      'an authority that names another status issuer than the service provider',
      { trust: [{ ...entry, statusIssuer: other.did }] },
      refusal('status_invalid@0 status.issuer'),
      ['TP-04', 'SL-10'],
    ],
  ]
  for (const [name, title, verifier, expected, threats] of wrong) {
    theme.refuse(name, 'trusted', title, expected, chain, {
      verifier,
      ...(threats.length === 0 ? {} : { threats }),
    })
  }
  const { mallory } = cast
  const own = scene.ownerJson({}, { issuer: mallory.did })
  const agent = await scene.agent({ authority: mallory.did })
  const selfMade = await scene.request([await scene.sign(own, mallory), agent])
  theme.refuse(
    'self-made',
    'trusted',
    'a root that somebody issued themselves',
    refusal('untrusted_authority@0'),
    asked(selfMade),
    { threats: ['DC-15'] },
  )
  const named = await scene.sign(scene.ownerJson(), {
    ...mallory,
    signer: { ...mallory.signer, keyId: cast.authority.signer.keyId },
  })
  theme.refuse(
    'forged',
    'trusted',
    'a root in the name of the authority by somebody else',
    refusal('signature_invalid@0'),
    asked(await scene.request([named, await scene.agent()])),
    { threats: ['DC-15'] },
  )
  const elsewhere = { credentialStatus: statusEntries(2, 'https://evil.example/status') }
  const lists = await scene.request(await scene.twoLinks({ statusLease: undefined }, elsewhere))
  theme.refuse(
    'status-origin',
    'trusted',
    'a list outside the origins that the authority named',
    refusal('status_invalid@1 statusListCredential'),
    asked(lists),
    { threats: ['SL-06'] },
  )
  const like = { credentialStatus: statusEntries(2, `${BASE}-b`) }
  const sibling = await scene.request(await scene.twoLinks({ statusLease: undefined }, like))
  theme.refuse(
    'status-origin-segment',
    'trusted',
    'a list at a place whose name begins like that of the origin',
    refusal('status_invalid@1 statusListCredential'),
    asked(sibling),
    { threats: ['SL-06'] },
  )
  return theme.file
}
