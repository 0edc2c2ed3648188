/** A server-sent event (HTML "Server-sent events"). Its id is of no use here: every event says all that it is about. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
}

/** Reads events from a stream of text, however it is cut. Lines end with LF or CRLF, not with CR alone. */
export class EventParser {
  readonly #maxChars: number
  /** Of the line that has not ended. */
  #parts: string[] = []
  #event = ''
  #data: string[] = []
  /** Of all that is held. */
  #chars = 0

  /** @param maxChars Longest event, and longest line. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars
  }

  /** @returns The events that end with this text; `undefined` when one is too long, and then for good. */
  add(text: string): readonly ServerEvent[] | undefined {
    const events: ServerEvent[] = []
    for (const [i, part] of text.split('\n').entries()) {
      const event = i === 0 ? undefined : this.#endLine()
      if (event !== undefined) events.push(event)
      this.#parts.push(part)
      this.#chars += part.length
      if (this.#chars > this.#maxChars) return undefined
    }
    return events
  }

  #endLine(): ServerEvent | undefined {
    const line = this.#parts.join('').replace(/\r$/, '')
    this.#parts = []
    if (line === '') return this.#endEvent()
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (name === 'event') this.#event = value
    if (name === 'data') this.#data.push(value)
    this.#chars = this.#event.length + this.#data.reduce((sum, { length }) => sum + length + 1, 0)
    return undefined
  }

  /** An event without data is none. */
  #endEvent(): ServerEvent | undefined {
    const event = { event: this.#event, data: this.#data.join('\n') }
    const isOne = this.#data.length > 0
    this.#event = ''
    this.#data = []
    this.#chars = 0
    return isOne ? event : undefined
  }
}
