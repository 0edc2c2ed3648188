import { type Refused, refuse } from '../refusal.ts'

/** A status signal that must not be believed, and which member or rule says so. */
export function statusInvalid(dimension: string): Refused {
  return refuse('status_invalid', { dimension })
}

/** What another noun refuses is, for a status, always `status_invalid`: bad status never reads as bad credential. */
export function asStatusInvalid({ refusal: { dimension } }: Refused): Refused {
  return dimension === undefined ? refuse('status_invalid') : statusInvalid(dimension)
}
