import type { IssuerApi, Query } from '../issuer-api.ts'
import { counted } from '../terminal/text.ts'

/** Beyond this nobody counts on: the number is for a person who is about to decide. */
const MAX_COUNTED = 1000

/** A list of the registry, and what one of its items is called. */
export interface Counted {
  readonly path: string
  readonly noun: string
}

export const RUNS: Counted = { path: '/v1/runs', noun: 'run' }

/** How many items of a list are active, in words: `3 agents`, `1000 or more runs`. */
export async function countActive(api: IssuerApi, { path, noun }: Counted, query: Query): Promise<string> {
  let count = 0
  for await (const { state } of api.items(path, query)) {
    if (state === 'active') count += 1
    if (count >= MAX_COUNTED) return `${MAX_COUNTED} or more ${noun}s`
  }
  return counted(count, noun)
}
