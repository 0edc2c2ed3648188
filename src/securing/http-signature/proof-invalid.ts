import { type Refused, refuse } from '../../refusal.ts'

/** A request signature that proves nothing, and which part says so: a parameter, a component, `body`. */
export function proofInvalid(dimension: string): Refused {
  return refuse('holder_proof_invalid', { dimension })
}
