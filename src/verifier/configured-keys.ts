import type { DidResolver } from '../did/resolve-did.ts'
import { allowAlgorithms } from './allowed-algorithms.ts'
import type { Policy } from './policy.ts'
import { inThreads } from './threaded-keys.ts'

/** A resolver whose keys are of the algorithms that a policy allows, and verify where it was asked for. */
export function configureKeys(
  resolver: DidResolver,
  { algorithms }: Pick<Policy, 'algorithms'>,
  threads: boolean,
): DidResolver {
  const placed = threads ? inThreads(resolver) : resolver
  return algorithms === undefined ? placed : allowAlgorithms(placed, algorithms)
}
