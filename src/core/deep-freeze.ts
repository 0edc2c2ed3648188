/**
 * Freezes a value of plain objects and arrays with all that it holds, in place. What is frozen already is taken to be so
 * to its depth, so that the second time costs one look.
 *
 * @param value Without cycles, nested no deeper than a credential.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}
