import type { JsonObject } from '../../core/json.ts'
import type { IssuerApi, Query } from '../issuer-api.ts'

/** Beyond this nobody counts on: the number is for a person who is about to decide. */
const MAX_COUNTED = 1000

/** How many items of a list are of interest, as text: `3`, or `1000 or more`. */
export async function countItems(
  api: IssuerApi,
  path: string,
  query: Query,
  isCounted: (item: JsonObject) => boolean,
): Promise<string> {
  let count = 0
  for await (const item of api.items(path, query)) {
    if (isCounted(item)) count += 1
    if (count >= MAX_COUNTED) return `${MAX_COUNTED} or more`
  }
  return String(count)
}

export function isActive({ state }: JsonObject): boolean {
  return state === 'active'
}
