import { type Refused, refuse } from '../refusal.ts'

/** A status signal that must not be believed, and which member or rule says so. */
export function statusInvalid(dimension: string): Refused {
  return refuse('status_invalid', { dimension })
}
