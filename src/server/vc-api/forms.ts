import type { KeyType } from '../../core/crypto/port.ts'
import { type Cryptosuite, isOverRdf } from '../../model/chain.ts'

/** How an instance secures what it issues; an instance is named after it. */
export const FORMS = [
  'eddsa-rdfc-2022',
  'eddsa-jcs-2022',
  'ecdsa-rdfc-2019',
  'ecdsa-jcs-2019',
  'vc-jose',
  'vc-sd-jwt',
] as const

export type Form = (typeof FORMS)[number]

export function keyTypeOfForm(form: Form): KeyType {
  return form.startsWith('ecdsa-') || form === 'vc-sd-jwt' ? 'P-256' : 'Ed25519'
}

/** The Data Integrity suite of a form; `undefined` for forms that put a document into an envelope. */
export function suiteOfForm(form: Form): Cryptosuite | undefined {
  return form === 'vc-jose' || form === 'vc-sd-jwt' ? undefined : form
}

/** Whether a document needs contexts that are all known, because its RDF is signed. */
export function needsRdf(form: Form): boolean {
  const suite = suiteOfForm(form)
  return suite !== undefined && isOverRdf(suite)
}
