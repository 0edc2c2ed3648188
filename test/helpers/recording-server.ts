import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import type { Signer } from '../../src/model/signer.ts'
import type { RequestProfile } from '../../src/securing/http-signature/profile.ts'
import { parseRequestProof, verifyRequestProof } from '../../src/securing/http-signature/verify.ts'
import { methodOf, outcomeOf } from './signers.ts'

/** A request as it arrived, with all of its body. */
export interface RecordedRequest extends PresentedRequest {
  readonly body: Uint8Array
  /** Names of all fields, lower case. */
  readonly fields: readonly string[]
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object
}

export interface RecordingServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string
  /** Every request so far, oldest first. */
  readonly requests: RecordedRequest[]
}

/** A real HTTP server for one test. `'hang'` never answers. */
export async function startServer(
  answer: (request: RecordedRequest, origin: string) => Answer | 'hang' | Promise<Answer | 'hang'>,
): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  const server = createServer(async (incoming, response) => {
    const request = await record(incoming)
    requests.push(request)
    send(response, await answer(request, origin))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin, requests }
}

/** What the protocol says about the signature of a recorded request: `accepted`, or code and dimension. */
export async function proofOutcome(
  request: RecordedRequest | undefined,
  options: {
    readonly origin: string
    readonly profile: RequestProfile
    readonly now: number
    readonly signer: Signer
  },
): Promise<string> {
  if (request === undefined) return 'no request'
  const proof = parseRequestProof(request, options)
  if (!proof.verified) return outcomeOf(proof)
  if (proof.value.keyId !== options.signer.keyId) return 'another key'
  return outcomeOf(await verifyRequestProof(proof.value, methodOf(options.signer)))
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    fields: Object.keys(incoming.headers),
    header: (name) => incoming.headersDistinct[name]?.join(', '),
    body: Buffer.concat(chunks),
  }
}

function send(response: ServerResponse, answer: Answer | 'hang'): void {
  if (answer === 'hang') return
  const { status = 200, headers = {}, body = '' } = answer
  const isJson = typeof body === 'object' && !(body instanceof Uint8Array)
  response.writeHead(status, isJson ? { 'content-type': 'application/json', ...headers } : headers)
  response.end(isJson ? JSON.stringify(body) : body)
}
