import { CRYPTOSUITES, type Cryptosuite } from '../../model/chain.ts'
import type { Signer } from '../../model/signer.ts'

/** The suite of that name; `undefined` for one that Procura does not have. */
export function cryptosuiteNamed(name: unknown): Cryptosuite | undefined {
  return CRYPTOSUITES.find((suite) => suite === name)
}

/** The only algorithm of a suite, and so the only type of key (vc-di-eddsa §3, vc-di-ecdsa §3; of those P-256 alone). */
export function algorithmOfSuite(suite: Cryptosuite): Signer['algorithm'] {
  return suite.startsWith('eddsa-') ? 'EdDSA' : 'ES256'
}
