import { request as startRequest } from 'node:http'
import { Readable } from 'node:stream'
import type { JsonObject } from '../../../src/core/json.ts'

/** An HTTP request as its bytes are sent: fields in order, and as often as they stand here. */
export interface Wire {
  readonly method: string
  readonly url: URL
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** As the platform's `fetch`. */
export type WireFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What somebody between the client and the service makes of a request. */
export type Tap = (wire: Wire) => Wire

/** A `fetch` over a socket of its own, through whatever tap there is when it is called. */
export function fetchThrough(tap: () => Tap): WireFetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { method, url, headers, signal } = request
    const body = await request.text()
    const fields = [...headers].filter(([name]) => name !== 'content-length' && name !== 'host')
    return send(tap()({ method, url: new URL(url), fields, body }), signal)
  }
}

function send({ method, url, fields, body }: Wire, signal: AbortSignal): Promise<Response> {
  const framing = body === '' ? [] : [['content-length', String(Buffer.byteLength(body))]]
  const headers = [['host', url.host], ['connection', 'close'], ...framing, ...fields].flat()
  return new Promise((resolve, reject) => {
    const options = { method, path: url.pathname + url.search, headers, signal, agent: false }
    const request = startRequest(url, options, (response) => {
      const { statusCode: status = 0, headersDistinct } = response
      const answered = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      )
      const stream = Readable.toWeb(response) as ReadableStream<Uint8Array>
      const hasBody = ![204, 205, 304].includes(status)
      resolve(new Response(hasBody ? stream : null, { status, headers: answered }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Leaves a request as it is. */
export const untouched: Tap = (wire) => wire

/** Takes fields away. */
export function without(...names: readonly string[]): Tap {
  return (wire) => ({ ...wire, fields: wire.fields.filter(([name]) => !names.includes(name)) })
}

/** Puts a field in place of those of its name. */
export function withField(name: string, value: (old: string) => string): Tap {
  return (wire) => {
    const old = fieldOf(wire, name) ?? ''
    return { ...wire, fields: [...without(name)(wire).fields, [name, value(old)]] }
  }
}

/** Sends a field twice, each in a line of its own. */
export function twice(name: string): Tap {
  return (wire) => ({ ...wire, fields: [...wire.fields, [name, fieldOf(wire, name) ?? '']] })
}

/** Changes the JSON in the body. */
export function withJson(change: (body: JsonObject) => JsonObject): Tap {
  return (wire) => ({ ...wire, body: JSON.stringify(change(JSON.parse(wire.body))) })
}

export function fieldOf({ fields }: Wire, wanted: string): string | undefined {
  return fields.find(([name]) => name === wanted)?.[1]
}
