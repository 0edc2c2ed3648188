import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Chance } from '../../fuzz/random.ts'

/** What lies at each URL. */
type Documents = ReadonlyMap<string, string>

/** What a host knows that lies: all that was ever published, and what others published under the same names. */
export interface Published {
  /** By commit, the oldest first; never empty. */
  readonly commits: readonly Documents[]
  /** Of another authority, at the same URLs. */
  readonly foreign: Documents
}

/** Answers with a text of the host's choice; `undefined` for 404. */
type Choose = (url: string, published: Published, random: Chance) => string | undefined

/** Answers otherwise than with a text. */
type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

const now = (url: string, { commits }: Published): string | undefined => commits.at(-1)?.get(url)
const changed =
  (change: (text: string, random: Chance) => string): Choose =>
  (url, published, random) => {
    const text = now(url, published)
    return text === undefined || text === '' ? text : change(text, random)
  }

/** Which documents there are, by the place that they have below the base. */
const KINDS = ['head', 'leaves', 'changes', 'emergency', 'r1', 's1', 'r2', 's2'] as const

/** Texts that were signed, or are nearly what was. */
const LIES: Readonly<Record<string, Choose>> = {
  mixed: (url, { commits }, random) => random.pick(commits).get(url),
  'another document of its kind': (url, published, random) => {
    const kind = kindOf(url).replace(/[12]$/, '')
    const alike = [...(published.commits.at(-1)?.keys() ?? [])].filter((other) =>
      kindOf(other).startsWith(kind),
    )
    return now(alike.length === 0 ? url : random.pick(alike), published)
  },
  'another document': (_, published, random) =>
    random.pick([...(published.commits.at(-1)?.values() ?? [''])]),
  foreign: (url, { foreign }) => foreign.get(url),
  flipped: changed((text, random) => {
    const bytes = Buffer.from(text)
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(7))
    return bytes.toString('latin1')
  }),
  truncated: changed((text, random) => text.slice(0, random.below(text.length))),
  'a bomb of text': () => 'eyJ'.repeat(1 << 20),
  garbage: (_, __, random) =>
    Array.from({ length: 300 }, () => String.fromCharCode(random.below(256))).join(''),
  empty: () => '',
}

const bomb = gzipSync(Buffer.alloc(1 << 25))

/** Answers at once, and with no text. */
const FAILURES: Readonly<Record<string, Answer>> = {
  500: (_, response) => response.writeHead(500).end('{}'),
  404: (_, response) => response.writeHead(404).end(),
  503: (_, response) => response.writeHead(503, { 'retry-after': '86400' }).end(),
  redirect: ({ url }, response) => response.writeHead(302, { location: `/elsewhere${url}` }).end(),
  'no HTTP': ({ socket }) => socket.end('220 ready\r\n'),
  'cut off': ({ socket }) => socket.destroy(),
  'a bomb of gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
}

/** Keeps whoever asks waiting until they give up. */
const DELAYS: Readonly<Record<string, Answer>> = {
  hang: () => undefined,
  'a byte a second': (_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('e'), 1_000)
    response.on('close', () => clearInterval(timer))
  },
}

/** How a host behaves for a while: one way for some documents, honestly for all others. */
export interface Mood {
  readonly name: string
  readonly kinds: ReadonlySet<string>
  /** The last commit that it shows; absent: the newest. */
  readonly until?: number
}

export const HONEST: Mood = { name: 'honest', kinds: new Set() }

/** @param commits How many there are. */
export function anyMood(random: Chance, commits: number): Mood {
  if (random.once(4)) return { name: 'old', kinds: new Set(), until: random.below(commits) }
  const quick = [...Object.keys(LIES), ...Object.keys(FAILURES)]
  const name = random.pick(random.once(20) ? Object.keys(DELAYS) : quick)
  const some = KINDS.filter(() => random.once(3))
  return { name, kinds: new Set(random.once(2) ? KINDS : [...some, random.pick(KINDS)]) }
}

/** Whether it keeps whoever asks waiting. */
export function isSlow({ name }: Mood): boolean {
  return Object.hasOwn(DELAYS, name)
}

/** A host of status with real sockets, which serves what was published, and lies as it is told. */
export class HostileHost {
  mood: Mood = HONEST
  /** Paths that were asked for, in order. */
  readonly asked: string[] = []
  readonly #server: Server
  readonly #published: Published
  readonly #random: Chance
  readonly #shown: string | undefined

  private constructor(server: Server, published: Published, random: Chance, shown: string | undefined) {
    this.#server = server
    this.#shown = shown
    this.#published = published
    this.#random = random
  }

  /** @param published Is added to meanwhile. @param shown Of a mirror: the origin whose documents it shows. */
  static async start(published: Published, random: Chance, shown?: string): Promise<HostileHost> {
    const server = createServer((request, response) => host.#serve(request, response))
    const host = new HostileHost(server, published, random, shown)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return host
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', this.#shown ?? this.origin).href
    this.asked.push(request.url ?? '')
    const name = this.mood.kinds.has(kindOf(url)) ? this.mood.name : HONEST.name
    const answer = FAILURES[name] ?? DELAYS[name]
    if (answer !== undefined) return void answer(request, response)
    const { commits, foreign } = this.#published
    const until = this.mood.until ?? commits.length - 1
    const text = (LIES[name] ?? now)(url, { commits: commits.slice(0, until + 1), foreign }, this.#random)
    if (text === undefined) response.writeHead(404).end()
    else
      response
        .writeHead(200)
        .end(Buffer.from(text, name === 'flipped' || name === 'garbage' ? 'latin1' : 'utf8'))
  }
}

/** `…/status/acme/r1/1700.jwt` is of the kind `r1`. */
function kindOf(url: string): string {
  return new URL(url).pathname.split('/')[3] ?? ''
}
