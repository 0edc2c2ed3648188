/**
 * The rules of verifying, in the order in which they are applied (docs/spec/07-verifying.md); the first that is broken
 * is the refusal. Names are stable, public API.
 */
export const RULES = [
  { rule: 'limits', step: 1 },
  { rule: 'form', step: 2 },
  { rule: 'joining', step: 3 },
  { rule: 'emergency', step: 4 },
  { rule: 'presentation-use', step: 4 },
  { rule: 'mechanisms', step: 4 },
  { rule: 'tenant', step: 4 },
  { rule: 'environment', step: 4 },
  { rule: 'owner-in-person', step: 4 },
  { rule: 'revocable', step: 4 },
  { rule: 'validity', step: 4 },
  { rule: 'attenuation', step: 5 },
  { rule: 'authorization', step: 5 },
  { rule: 'trust', step: 6 },
  { rule: 'blocked', step: 6 },
  { rule: 'may-grant', step: 6 },
  { rule: 'assurance', step: 6 },
  { rule: 'status-service', step: 6 },
  { rule: 'known-status', step: 7 },
  { rule: 'signatures', step: 8 },
  { rule: 'holder-proof', step: 9 },
  { rule: 'freshness', step: 10 },
  { rule: 'usage', step: 11 },
] as const

/** Name of one of {@link RULES}. */
export type RuleName = (typeof RULES)[number]['rule']
