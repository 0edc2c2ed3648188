import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'
import { type MemberReader, readDocument } from '../../model/member-reader.ts'
import type { PresentedRequest } from '../../model/presented-request.ts'
import { usageError } from '../cli-error.ts'
import { readJsonObject } from '../files.ts'
import type { Host } from '../host.ts'

/** What the members of a recorded request must be, for whoever has one wrong. */
const FORMS: ReadonlyMap<string | undefined, string> = new Map([
  ['method', 'an HTTP method, such as "GET"'],
  ['target', 'path and query as they were sent, such as "/inbox?folder=1"'],
  ['headers', 'an object with a text, or a list of texts, for each field'],
  ['body', 'the bytes of the body in base64'],
])

/**
 * Reads a request that somebody recorded: `{ "method", "target", "headers", "body"? }` (docs/cli.md "verify").
 *
 * @throws {CliError} Naming the member to mend.
 */
export async function readRequestFile(file: string, host: Host): Promise<PresentedRequest> {
  const request = readDocument(await readJsonObject(file, host), readRequest)
  if (request.verified) return request.value
  const { dimension } = request.refusal
  const form = FORMS.get(dimension)
  throw usageError(
    form === undefined
      ? `${file} may have the members method, target, headers and body, and no other`
      : `${file}: ${dimension} must be ${form}`,
  )
}

function readRequest(members: MemberReader): PresentedRequest {
  const method = members.text('method', (text) => /^[A-Za-z]+$/.test(text))
  const target = members.text('target', (text) => text.startsWith('/'))
  const fields = members.parsed('headers', parseHeaders, new Map<string, string>())
  const request = { method, target, header: (name: string) => fields.get(name) }
  return members.has('body')
    ? { ...request, body: members.parsed('body', parseBase64, new Uint8Array()) }
    : request
}

/** Fields by lower-case name; several lines are joined as RFC 9421 §2.1 does. */
function parseHeaders(json: Json): ReadonlyMap<string, string> | undefined {
  if (!isJsonObject(json)) return undefined
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(json)) {
    const lines = isJsonArray(value) ? value : [value]
    if (!lines.every((line) => typeof line === 'string')) return undefined
    const before = fields.get(name.toLowerCase())
    fields.set(name.toLowerCase(), [...(before === undefined ? [] : [before]), ...lines].join(', '))
  }
  return fields
}

function parseBase64(json: Json): Uint8Array | undefined {
  if (
    typeof json !== 'string' ||
    !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(json)
  ) {
    return undefined
  }
  return new Uint8Array(Buffer.from(json, 'base64'))
}
