import { concatBytes } from './bytes.ts'
import type { Fetch } from './clock.ts'

/** Answers that were received whole, by URL. */
export type Recorded = Map<string, Uint8Array>

/** A fetch that keeps what it got: what was believed can be written down as it came. */
export function recordingFetch(fetch: Fetch, recorded: Recorded): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    if (response.status !== 200 || response.body === null) return response
    const chunks: Uint8Array[] = []
    const keep = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        chunks.push(chunk)
        controller.enqueue(chunk)
      },
      flush: () => void recorded.set(String(input), concatBytes(...chunks)),
    })
    const type = response.headers.get('content-type')
    const headers = type === null ? {} : { 'content-type': type }
    return new Response(response.body.pipeThrough(keep), { status: 200, headers })
  }
}
