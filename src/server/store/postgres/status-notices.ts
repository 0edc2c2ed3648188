import type { Client } from 'pg'

/** The channel on which a commit tells of changed lists (migrations/0001-trail.ts). */
const CHANNEL = 'procura_status'

/** After the connection was lost, in milliseconds; nobody waits for it, the publisher looks by itself, too. */
const RECONNECT_MS = 1_000

export interface StatusNoticesOptions {
  readonly connect: () => Promise<Client>
  /** Whether a notice comes from this very process, which knows already. */
  readonly isOwn: (backend: number) => boolean
  readonly onChange: (tenant: string) => void
  /** It is not known what was missed. */
  readonly onGap: () => void
}

/** Hears of status changes that other processes commit (LISTEN). */
export class StatusNotices {
  readonly #options: StatusNoticesOptions
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
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
    if (this.#isClosed) endQuietly(client)
    else this.#client = client
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  #lose(client: Client): void {
    if (this.#client !== client || this.#isClosed) return
    this.#client = undefined
    endQuietly(client)
    this.#again()
  }

  #again(): void {
    this.#timer = setTimeout(() => void this.#restart(), RECONNECT_MS)
  }

  async #restart(): Promise<void> {
    try {
      await this.start()
      this.#options.onGap()
    } catch {
      if (!this.#isClosed) this.#again()
    }
  }
}

/** A connection that is of no use any more may be broken already. */
function endQuietly(client: Client): void {
  client.end().catch(() => undefined)
}
