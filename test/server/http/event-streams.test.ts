import { PassThrough } from 'node:stream'
import type { Response as ExpressResponse } from 'express'
import { expect, it } from 'vitest'
import { EventStreams } from '../../../src/server/http/event-streams.ts'
import { MAX_EVENT_STREAMS } from '../../../src/server/limits.ts'

/** A connection to one address. */
function connection(i: number) {
  const sent = new PassThrough()
  const res = Object.assign(sent, { writeHead: () => res, flushHeaders: () => undefined })
  const request = { ip: `192.0.2.${i % 200}`, headers: {} }
  return { request, res: res as unknown as ExpressResponse, leave: () => sent.destroy() }
}

function stream(): { readonly response: Response; readonly isCancelled: () => boolean } {
  let isCancelled = false
  const cancel = (): void => {
    isCancelled = true
  }
  const response = new Response(new ReadableStream({ cancel }), {
    headers: { 'content-type': 'text/event-stream' },
  })
  return { response, isCancelled: () => isCancelled }
}

it('are so many in all, whatever their addresses, and one more when one has gone', async () => {
  const streams = new EventStreams()
  const open = Array.from({ length: MAX_EVENT_STREAMS }, (_, i) => connection(i))
  const ended = open.map(({ request, res }) => streams.send(request, res, stream().response))
  const tooMany = stream()
  const { request, res } = connection(0)
  const refused = await streams.send(request, res, tooMany.response)

  expect(refused).toMatchObject({ code: 'unavailable', facts: { headers: { 'retry-after': '60' } } })
  expect(tooMany.isCancelled()).toBe(true)
  open[0]?.leave()
  expect(await ended[0]).toBeUndefined()
  const next = connection(0)
  const sending = streams.send(next.request, next.res, stream().response)
  for (const { leave } of [...open, next]) leave()
  expect(await sending).toBeUndefined()
})

it('end the reading of a stream whose reader has gone', async () => {
  const { request, res, leave } = connection(1)
  const { response, isCancelled } = stream()
  const sending = new EventStreams().send(request, res, response)
  leave()
  await sending

  expect(isCancelled()).toBe(true)
})
