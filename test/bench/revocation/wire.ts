import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { followingVerifier } from '../issue/proof.ts'
import { ServedIssuer } from './world.ts'

/** Looks that are counted, each at a head and at changes. */
const LOOKS = 12

/**
 * What a request and its answer take on the wire beside the body, on average over what a verifier in sync asks the real
 * service: all bytes both ways, above TCP and without TLS.
 */
export async function headerBytes(): Promise<number> {
  const wire = new Wire()
  const issuer = await ServedIssuer.start()
  try {
    const granted = []
    for (let i = 0; i <= LOOKS; i++) granted.push(await issuer.grant())
    const verifier = await wire.watch(() => followingVerifier(issuer.place))
    const before = wire.counted
    for (const one of granted) {
      await issuer.revoke(one)
      await wire.watch(() => verifier.sync())
    }
    return wire.headerBytesSince(before)
  } finally {
    await issuer.close()
  }
}

interface Counted {
  readonly answers: number
  readonly bodies: number
  readonly onWire: number
}

/** Everything that Node's HTTP client does in this process while it is watched. */
class Wire {
  readonly #sockets: Socket[] = []
  #isWatched = false
  #answers = 0
  #bodies = 0

  constructor() {
    subscribe('net.client.socket', (message) => {
      if (this.#isWatched) this.#sockets.push((message as { socket: Socket }).socket)
    })
    subscribe('http.client.response.finish', (message) => {
      if (this.#isWatched) this.#count((message as { response: IncomingMessage }).response)
    })
  }

  async watch<T>(act: () => Promise<T>): Promise<T> {
    this.#isWatched = true
    const value = await act()
    this.#isWatched = false
    return value
  }

  get counted(): Counted {
    const onWire = this.#sockets.reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten, 0)
    return { answers: this.#answers, bodies: this.#bodies, onWire }
  }

  headerBytesSince(before: Counted): number {
    const { answers, bodies, onWire } = this.counted
    if (answers - before.answers < LOOKS)
      throw new Error('the verifier of the benchmark asked for too little')
    return (onWire - before.onWire - (bodies - before.bodies)) / (answers - before.answers)
  }

  #count({ headers }: IncomingMessage): void {
    this.#answers += 1
    this.#bodies += Number(headers['content-length'])
  }
}
