import type { ServerResponse } from 'node:http'

/** What is said of a body before it is known that another one is sent. */
const OF_A_BODY = [
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'etag',
  'last-modified',
  'trailer',
  'transfer-encoding',
]

/** Takes back what a handler has set for a body of its own. Only before the header is sent. */
export function forgetBody(res: ServerResponse): void {
  for (const name of OF_A_BODY) res.removeHeader(name)
}

/**
 * A field set beforehand, or given to `writeHead`: as an object, a list of pairs, or a list of names and values in turn.
 *
 * @param name In lower case.
 * @param args Of `writeHead`, which has been called.
 */
export function fieldOf(res: ServerResponse, args: readonly unknown[], name: string): string | undefined {
  const set = res.getHeader(name)
  if (set !== undefined) return String(set)
  const fields = args.at(-1)
  if (typeof fields !== 'object' || fields === null) return undefined
  const pairs = Array.isArray(fields) ? pairsIn(fields) : Object.entries(fields)
  const found = pairs.find(([given]) => String(given).toLowerCase() === name)
  return found === undefined ? undefined : String(found[1])
}

function pairsIn(list: readonly unknown[]): readonly (readonly unknown[])[] {
  if (list.every(Array.isArray)) return list
  return list.flatMap((item, i) => (i % 2 === 0 ? [[item, list[i + 1]]] : []))
}
