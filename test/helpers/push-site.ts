import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { changesSliceOf } from '../../src/status/changes.ts'
import { encodeHeadEvent, type PushedHead } from '../../src/status/head-event.ts'
import { changesUrl, eventsUrl, headUrl } from '../../src/status/layout.ts'
import { World } from './world.ts'

/** A status site behind a real HTTP server, which also pushes whatever a test wants it to push. */
export class PushSite {
  readonly world: World
  /** Who listens. */
  readonly streams = new Set<ServerResponse>()
  /** Times at which somebody asked to listen, in milliseconds. */
  readonly asked: number[] = []
  /** URLs that were asked for, in order. */
  readonly requests: string[] = []
  /** How whoever wants to listen is answered. */
  answer: (response: ServerResponse) => void = (response) => this.begin(response)

  private constructor(world: World) {
    this.world = world
  }

  static async start(): Promise<PushSite> {
    let site: PushSite | undefined
    const server = createServer((request, response) => site?.serve(request.url ?? '', response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const world = await World.create('Ed25519', { base: `http://127.0.0.1:${port}/status/acme` })
    site = new PushSite(world)
    return site
  }

  serve(path: string, response: ServerResponse): void {
    const url = new URL(path, this.world.site.base).href
    this.requests.push(url)
    const document = this.world.site.documents.get(url)
    if (url === eventsUrl(this.world.site.base)) {
      this.asked.push(performance.now())
      this.answer(response)
    } else response.writeHead(document === undefined ? 404 : 200).end(document)
  }

  begin(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    response.write(this.event())
    this.streams.add(response)
    response.on('close', () => this.streams.delete(response))
  }

  /** Signs what changed, a second later. */
  async publish(): Promise<void> {
    this.world.now += 1000
    await this.world.site.publish()
  }

  /** What a service would push now. */
  pushed(): PushedHead {
    const { base, documents } = this.world.site
    const slice = changesSliceOf(this.world.now)
    const changes = documents.get(changesUrl(base, slice))
    return {
      head: documents.get(headUrl(base)) ?? '',
      changes: changes === undefined ? {} : { [slice]: changes },
    }
  }

  event(pushed: PushedHead = this.pushed()): string {
    return encodeHeadEvent(1, pushed)
  }

  /** Sends a text to whoever listens. */
  send(text: string): void {
    for (const stream of this.streams) stream.write(text)
  }
}
