import type { Request } from 'express'
import { ByteCollector } from '../../core/byte-collector.ts'

/**
 * All bytes of a body as received, without decoding a Content-Encoding. `undefined` as soon as there are more than
 * `maxBytes`; the rest is then discarded unread. Rejects when the client goes away, and when there is no memory for it.
 */
export function readBody(req: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const body = new ByteCollector(maxBytes)
    req.on('data', (part: Uint8Array) => {
      try {
        if (!body.add(part)) resolve(undefined)
      } catch (cause) {
        // Nobody else would catch it: it would end the process.
        reject(cause)
      }
    })
    req.on('end', () => resolve(body.bytes()))
    req.on('error', reject)
    req.on('close', () => reject(new Error('the client closed the connection')))
  })
}
