/** One server-sent event, or a comment (`event` is empty). */
export interface ReadEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

export interface EventSource {
  readonly response: Response
  /** The next event or comment; `undefined` when the stream has ended. */
  next(): Promise<ReadEvent | undefined>
  close(): Promise<void>
}

/** Listens to a stream of events as a browser does, without coming again. */
export async function listenTo(url: string, init: RequestInit = {}): Promise<EventSource> {
  const aborting = new AbortController()
  const response = await fetch(url, { ...init, signal: aborting.signal })
  const blocks = blocksOf(response)
  return {
    response,
    next: async () => {
      for (let block = await blocks.next(); !block.done; block = await blocks.next())
        if (!block.value.startsWith('retry:')) return eventOf(block.value)
      return undefined
    },
    close: async () => aborting.abort(),
  }
}

async function* blocksOf({ body }: Response): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of body ?? []) {
    text += decoder.decode(part, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    yield* blocks
  }
}

function eventOf(block: string): ReadEvent {
  const fields = new Map(block.split('\n').map((line) => line.split(': ', 2) as [string, string]))
  return { event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: fields.get('data') ?? '' }
}
