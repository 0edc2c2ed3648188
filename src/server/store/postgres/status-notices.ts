import type { Client } from 'pg'

/** The channel on which a commit tells of changed lists (migrations/0001-trail.ts). */
const CHANNEL = 'procura_status'

/** After the connection was lost, in milliseconds: at first soon, since that it fails says that the server is away. */
const FIRST_RECONNECT_MS = 100

/** After that failed, in milliseconds; nobody waits for it, the publisher looks by itself, too. */
const RECONNECT_MS = 1_000

/**
 * How often the server is asked for a sign of life, and how long that may take, in milliseconds. Behind a cut cable nothing ever refuses,
 * so this is when it is noticed: 15 s after the cut at the latest (docs/operations.md "When the server is away").
 */
const PULSE_MS = 5_000
const PULSE_TIMEOUT_MS = 10_000

const SIGN_OF_LIFE = { text: 'SELECT 1', query_timeout: PULSE_TIMEOUT_MS }

/** On closing, a server that does not say goodbye is waited for so long, in milliseconds. */
const GOODBYE_MS = 1_000

export interface StatusNoticesOptions {
  readonly connect: () => Promise<Client>
  /** Whether a notice comes from this very process, which knows already. */
  readonly isOwn: (backend: number) => boolean
  readonly onChange: (tenant: string) => void
  /** It is not known what was missed. */
  readonly onGap: () => void
  /** The server has stopped answering on a connection that stands. */
  readonly onSilence: () => void
  /** The server cannot be reached, or again. May be told more than once. */
  readonly onAway: (isAway: boolean) => void
}

/** Hears of status changes that other processes commit (LISTEN), and whether the server is there at all. */
export class StatusNotices {
  readonly #options: StatusNoticesOptions
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #pulse: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: StatusNoticesOptions) {
    this.#options = options
  }

  /** @throws what the connection says. */
  async start(): Promise<void> {
    const { connect, isOwn, onChange } = this.#options
    const client = await connect()
    client.on('notification', ({ processId, payload }) => {
      if (payload !== undefined && !isOwn(processId)) onChange(payload)
    })
    client.on('error', () => this.#lose(client))
    client.on('end', () => this.#lose(client))
    try {
      await client.query(`LISTEN ${CHANNEL}`)
    } catch (error) {
      endQuietly(client)
      throw error
    }
    if (this.#isClosed) return endQuietly(client)
    this.#client = client
    this.#beat(client)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#pulse)
    const client = this.#client
    this.#client = undefined
    await Promise.race([client?.end(), patience()])
  }

  #beat(client: Client): void {
    this.#pulse = setTimeout(() => void this.#ask(client), PULSE_MS)
  }

  async #ask(client: Client): Promise<void> {
    try {
      await client.query(SIGN_OF_LIFE)
    } catch {
      if (this.#client === client) {
        this.#options.onAway(true)
        this.#options.onSilence()
      }
      this.#lose(client)
    }
    if (this.#client === client) this.#beat(client)
  }

  #lose(client: Client): void {
    if (this.#client !== client || this.#isClosed) return
    this.#client = undefined
    clearTimeout(this.#pulse)
    endQuietly(client)
    this.#again(FIRST_RECONNECT_MS)
  }

  #again(afterMs: number): void {
    this.#timer = setTimeout(() => void this.#restart(), afterMs)
  }

  async #restart(): Promise<void> {
    try {
      await this.start()
      this.#options.onAway(false)
      this.#options.onGap()
    } catch {
      if (this.#isClosed) return
      this.#options.onAway(true)
      this.#again(RECONNECT_MS)
    }
  }
}

/** A connection that is of no use any more may be broken already. */
function endQuietly(client: Client): void {
  client.end().catch(() => undefined)
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref())
}
