import type { Request } from 'express'
import { concatBytes } from '../../core/bytes.ts'

/**
 * All bytes of a body as received, without decoding a Content-Encoding. `undefined` as soon as there are more than
 * `maxBytes`; the rest is then discarded unread. Rejects when the client goes away.
 */
export function readBody(req: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let length = 0
    req.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length <= maxBytes) chunks.push(chunk)
      else resolve(undefined)
    })
    req.on('end', () => resolve(concatBytes(...chunks)))
    req.on('error', reject)
    req.on('close', () => reject(new Error('the client closed the connection')))
  })
}
