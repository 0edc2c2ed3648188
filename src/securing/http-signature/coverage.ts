import type { PresentedRequest } from '../../model/presented-request.ts'
import { accept, type Verdict } from '../../refusal.ts'
import type { RequestProfile } from './profile.ts'
import { proofInvalid } from './proof-invalid.ts'

const ALWAYS = ['@method', '@target-uri']
const WITH_BODY = ['content-digest', 'content-type']

/**
 * Names the components that a signature of this profile covers, in the order in which Procura writes them.
 *
 * @param has Whether the request has a field of that lower-case name.
 */
export function componentsOf(
  profile: RequestProfile,
  has: (field: string) => boolean,
  hasBody: boolean,
): string[] {
  return [...ALWAYS, ...profile.fields, ...profile.fieldsIfPresent.filter(has), ...(hasBody ? WITH_BODY : [])]
}

/**
 * Checks that a signature covers what the profile wants, in any order, each once and nothing else. Without a body
 * `content-digest` and `content-type` may be covered.
 *
 * @param components As they stand in `Signature-Input`; one with parameters is none of ours.
 */
export function checkCoverage(
  request: PresentedRequest,
  profile: RequestProfile,
  components: readonly string[],
  hasBody: boolean,
): Verdict<void> {
  const required = componentsOf(profile, (field) => request.header(field) !== undefined, hasBody)
  for (const name of required) if (!components.includes(`"${name}"`)) return proofInvalid(name)
  for (const component of components) {
    const name = component.slice(1, -1)
    if (!required.includes(name) && !WITH_BODY.includes(name)) return proofInvalid('components')
  }
  return new Set(components).size === components.length ? COVERED : proofInvalid('components')
}

const COVERED: Verdict<void> = accept(undefined)
