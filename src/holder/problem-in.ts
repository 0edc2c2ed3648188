import { decodeUtf8 } from '../core/bytes.ts'
import { isJsonObject, type JsonObject, parseStrictJson } from '../core/json.ts'
import { readBounded } from '../core/read-bounded.ts'

/** Largest problem document that is looked at, in bytes. */
export const MAX_PROBLEM_BYTES: number = 64 * 1024

/** Whether an answer says that it is a problem document (RFC 9457). */
export function isProblem({ status, headers }: Response): boolean {
  return status >= 400 && /^application\/problem\+json(;|$)/i.test(headers.get('content-type') ?? '')
}

/** The problem document in an answer, which stays readable; `undefined` when there is none, or none that can be read. */
export async function problemIn(response: Response): Promise<JsonObject | undefined> {
  if (!isProblem(response)) return undefined
  const bytes = await readBounded(response.clone().body, MAX_PROBLEM_BYTES).catch(() => undefined)
  const text = bytes === undefined ? undefined : decodeUtf8(bytes)
  const problem = text === undefined ? undefined : parseStrictJson(text)
  return isJsonObject(problem) ? problem : undefined
}
