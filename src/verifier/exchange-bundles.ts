import type { Signer } from '../model/signer.ts'
import { openBundle, writeBundle } from './bundle.ts'
import type { VerifyContext } from './presentation.ts'
import type { BundleVerdict } from './verdict.ts'

type Exchange = Pick<VerifyContext, 'sync' | 'clock'>

/** As `Verifier.exportBundle` says. */
export async function exportBundle(signer: Signer, { sync, clock }: Exchange): Promise<string> {
  const follower = await sync.load()
  return writeBundle(await follower.written(), signer, clock())
}

/** As `Verifier.importBundle` says. */
export async function importBundle(
  text: unknown,
  from: { readonly did: unknown },
  { sync, clock }: Exchange,
): Promise<BundleVerdict> {
  const bundle = await openBundle(text, from.did, clock())
  if (!bundle.verified) return bundle
  const { authorities, ...about } = bundle.value
  const follower = await sync.load()
  const states = await follower.take(authorities.map(({ status }) => status))
  return { verified: true, ...about, authorities: states }
}
