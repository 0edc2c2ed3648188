import { createServer, type IncomingHttpHeaders } from 'node:http'
import { onTestFinished } from 'vitest'

/** A request that a receiver got. */
export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Uint8Array
}

/** A receiver of webhooks on a port of the loopback interface, which can be down. */
export interface WebhookReceiver {
  readonly host: string
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** What it answers with. */
  status: number
  headers: Record<string, string>
  /** Nobody listens, until it comes up again at the same place. */
  goDown(): void
  comeUp(): Promise<void>
  /** The first request that is of interest, within some seconds. */
  received(
    isWanted?: (event: { readonly type: string; readonly id: string }) => boolean,
  ): Promise<ReceivedRequest>
}

export async function openReceiver(): Promise<WebhookReceiver> {
  const requests: ReceivedRequest[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '' } = request
      requests.push({
        method,
        url,
        headers: headersOf(request.headers),
        body: new Uint8Array(Buffer.concat(chunks)),
      })
      response.writeHead(receiver.status, receiver.headers).end()
    })
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const goDown = () => {
    server.closeAllConnections()
    server.close()
  }
  await listen(0)
  onTestFinished(goDown)
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const host = `127.0.0.1:${port}`
  const receiver: WebhookReceiver = {
    host,
    url: `http://${host}/hook?team=1`,
    requests,
    status: 204,
    headers: {},
    goDown,
    comeUp: () => listen(port),
    received: (isWanted = () => true) =>
      waitFor(() => requests.find((request) => isWanted(eventIn(request)))),
  }
  return receiver
}

export function eventIn({ body }: ReceivedRequest) {
  return JSON.parse(new TextDecoder().decode(body))
}

async function waitFor<T>(look: () => T | undefined): Promise<T> {
  for (let i = 0; i < 1_000; i++) {
    const found = look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('it comes within 20 s')
}

function headersOf(headers: IncomingHttpHeaders): Headers {
  return new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
