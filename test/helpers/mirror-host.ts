import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A real HTTP server that shows documents of a status site below a prefix of its own, or whatever a test has it show. */
export class MirrorHost {
  /** Prefix, as a trust entry names it. */
  readonly url: string
  /** Paths below the prefix that were asked for, in order. */
  readonly requests: string[] = []
  /** By URL at the site that is shown. */
  documents: ReadonlyMap<string, string> = new Map()
  /** Answers in place of the documents, when it is set. */
  answer: ((path: string, response: ServerResponse) => void) | undefined
  #base = ''

  private constructor(url: string) {
    this.url = url
  }

  static async start(): Promise<MirrorHost> {
    let host: MirrorHost | undefined
    const server = createServer((request, response) => host?.serve(request.url ?? '', response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    host = new MirrorHost(`http://127.0.0.1:${port}/copy/`)
    return host
  }

  /** Shows whatever a site has at the time. */
  show({
    base,
    documents,
  }: {
    readonly base: string
    readonly documents: ReadonlyMap<string, string>
  }): void {
    this.#base = base
    this.documents = documents
  }

  /** Shows from now on what there is now, and nothing newer. */
  freeze(): void {
    this.documents = new Map(this.documents)
  }

  serve(path: string, response: ServerResponse): void {
    const below = path.replace(/^\/copy\//, '')
    this.requests.push(below)
    const answer = this.answer ?? ((path) => this.#show(path, response))
    answer(below, response)
  }

  #show(path: string, response: ServerResponse): void {
    const document = this.documents.get(`${this.#base}/${path}`)
    response.writeHead(document === undefined ? 404 : 200).end(document)
  }
}
