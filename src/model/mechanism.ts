import { type Cryptosuite, isOverRdf, MECHANISMS, type Mechanism } from './chain.ts'

export function isMechanism(text: string): text is Mechanism {
  return MECHANISMS.some((mechanism) => mechanism === text)
}

export function isCryptosuite(mechanism: Mechanism): mechanism is Cryptosuite {
  return mechanism !== 'vc+jwt' && mechanism !== 'vc+sd-jwt'
}

/**
 * With what a key of this algorithm secures when `wanted` is asked for: of a cryptosuite, the canonicalization is what
 * is asked for, and the key decides whether it is an EdDSA or an ECDSA suite.
 */
export function mechanismFor(wanted: Mechanism, algorithm: 'EdDSA' | 'ES256'): Mechanism {
  if (!isCryptosuite(wanted)) return wanted
  if (algorithm === 'EdDSA') return isOverRdf(wanted) ? 'eddsa-rdfc-2022' : 'eddsa-jcs-2022'
  return isOverRdf(wanted) ? 'ecdsa-rdfc-2019' : 'ecdsa-jcs-2019'
}

/** Whether two mechanisms differ in nothing but the type of the key. */
export function isSameForm(a: Mechanism, b: Mechanism): boolean {
  return a === b || (isCryptosuite(a) && isCryptosuite(b) && isOverRdf(a) === isOverRdf(b))
}
