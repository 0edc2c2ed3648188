import { getRequestListener } from '@hono/node-server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { endWithDelegation, requireDelegation } from '../../src/adapters/fetch/index.ts'
import { accept } from '../../src/refusal.ts'
import type { Verifier } from '../../src/verifier/create-verifier.ts'
import type { PresentationRefusal, VerifiedPresentation } from '../../src/verifier/verdict.ts'
import { settled } from '../helpers/manual-timers.ts'
import { type ServedWorld, serveWorld } from '../helpers/served-world.ts'

const LAST = (code: string) => `event: delegation-ended\ndata: {"code":"${code}"}\n\n`

let at: ServedWorld
let source: Source

/** A stream that a handler makes, and what becomes of it. */
class Source {
  cancelled: unknown
  readonly stream: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(onCancel: () => void = () => undefined) {
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller
      },
      cancel: (reason) => {
        this.cancelled = reason
        onCancel()
      },
    })
  }

  /** Room that its reader has made: above 0 when all was taken. */
  get desired(): number {
    return this.#controller?.desiredSize ?? 0
  }

  write(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text))
  }

  close(): void {
    this.#controller?.close()
  }

  fail(): void {
    this.#controller?.error(new Error('on purpose'))
  }
}

beforeEach(async () => {
  at = await serveWorld()
  source = new Source()
})

afterEach(() => at.close())

/** Calls a gate over a handler as a runtime does. */
async function call(respond: () => Response): Promise<Response> {
  const { verifier, origin } = at
  const gate = requireDelegation({ verifier, ask: { action: 'mail.read' } }, respond)
  return gate(new Request(`${origin}/events`, { headers: await at.sign('/events') }))
}

function events(init: ResponseInit = {}): Response {
  return new Response(source.stream, { ...init, headers: { 'content-type': 'text/event-stream' } })
}

describe('an event stream behind a fetch gate', () => {
  it('goes on while all holds, and is closed when the proof of its request ends, with an event that says why', async () => {
    const response = await call(events)
    const text = response.text()
    source.write('data: a\n\n')
    await at.timers.advance(59_000)
    await at.world.site.publish()
    source.write('data: b\n\n')
    await settled()

    await at.timers.advance(1_000)

    expect(await text).toBe(`data: a\n\ndata: b\n\n${LAST('holder_proof_invalid')}`)
    expect(source.cancelled).toBe('holder_proof_invalid')
    expect(at.timers.waiting).toBe(0)
  })

  it('is closed when it is revoked in the middle [LC-01]', async () => {
    const text = (await call(events)).text()
    source.write('data: a\n\n')
    await settled()

    await at.revoke()

    expect(await text).toBe(`data: a\n\n${LAST('revoked')}`)
  })

  it('is closed when the issuer cannot be reached for longer than the policy allows', async () => {
    at.close()
    at = await serveWorld({ freshness: { '*': 'critical' } })
    const text = (await call(events)).text()
    at.world.site.reachable = false

    await at.timers.advance(30_001)

    expect(await text).toBe(LAST('status_stale'))
  })

  it('is closed over a socket, as Hono and Node carry it [LC-01]', async () => {
    const { verifier, origin, server } = at
    const gate = requireDelegation({ verifier, ask: { action: 'mail.read' } }, () => events())
    server.on('request', getRequestListener(gate))
    const response = await fetch(`${origin}/events`, { headers: await at.sign('/events') })
    const text = response.text()
    source.write('data: a\n\n')
    await vi.waitFor(() => expect(source.desired).toBeGreaterThan(0))

    await at.revoke()

    expect(await text).toBe(`data: a\n\n${LAST('revoked')}`)
    expect(source.cancelled).toBe('revoked')
  })

  it('keeps status, header and the parts that were sent before', async () => {
    const response = await call(() => events({ status: 203, statusText: 'Odd' }))
    source.write('data: a\n\n')
    source.close()

    expect([response.status, response.statusText]).toEqual([203, 'Odd'])
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await response.text()).toBe('data: a\n\n')
    expect(at.timers.waiting).toBe(0)
  })

  it('is closed without a word in the middle of an event', async () => {
    const text = (await call(events)).text()
    source.write('data: pay 1')
    await settled()

    await at.revoke()

    expect(await text).toBe('data: pay 1')
  })

  it('passes nothing on that its handler makes after the end', async () => {
    const text = (await call(events)).text()
    await settled()

    await at.revoke()
    expect(() => source.write('data: secret\n\n')).toThrow(TypeError)

    expect(await text).toBe(LAST('revoked'))
  })

  it('ends though the handler fails to end it', async () => {
    source = new Source(() => {
      throw new Error('on purpose')
    })
    const text = (await call(events)).text()

    await at.revoke()

    expect(await text).toBe(LAST('revoked'))
  })

  it('fails as its handler does, and is watched no longer', async () => {
    const text = (await call(events)).text()
    source.fail()

    await expect(text).rejects.toThrow('on purpose')
    expect(at.timers.waiting).toBe(0)
  })

  it('is watched no longer than its client stays, who is seen to leave', async () => {
    const response = await call(events)
    expect(at.timers.waiting).toBe(1)

    await response.body?.cancel('gone')

    expect(at.timers.waiting).toBe(0)
    expect(source.cancelled).toBe('gone')
  })
})

describe('an event stream that is over when it is told that its delegation has ended', () => {
  const REVOKED = { code: 'revoked', authenticated: true, retryable: false } as const

  /** A stream, and what the verifier calls when its delegation ends. */
  async function watched() {
    const request = await at.world.present(at.chain, { origin: at.origin })
    const verdict = (await at.verifier.verify(request, { action: 'mail.read' })) as VerifiedPresentation
    const ends: ((refusal: PresentationRefusal) => void)[] = []
    const stop = vi.fn()
    const watch: Verifier['watch'] = (_, onEnd) => {
      ends.push(onEnd)
      return { stop, renew: () => accept(undefined) }
    }
    const { body } = endWithDelegation({ ...at.verifier, watch }, verdict, events())
    return { reader: body?.getReader(), stop, end: () => ends[0]?.(REVOKED) }
  }

  it.each<[string, (reader?: ReadableStreamDefaultReader) => unknown]>([
    ['its client has left', (reader) => reader?.cancel('gone')],
    ['its handler has ended it', (reader) => [source.close(), reader?.read()][1]],
    ['its handler has failed', (reader) => [source.fail(), reader?.read().catch(() => 'failed')][1]],
  ])('is left alone: %s [LC-03]', async (_, over) => {
    const { reader, stop, end } = await watched()
    await over(reader)

    expect(end).not.toThrow()
    expect(stop).toHaveBeenCalledTimes(1)
  })

  it('is closed when it is not over', async () => {
    const { reader, stop, end } = await watched()

    end()

    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(LAST('revoked'))
    expect(await reader?.read()).toMatchObject({ done: true })
    expect(stop).not.toHaveBeenCalled()
  })

  it('is closed once when its client leaves in the same turn', async () => {
    const reader = (await call(events)).body?.getReader()

    at.verifier.setTrust([])
    await reader?.cancel('gone')

    await settled()
    expect(source.cancelled).toBe('gone')
  })
})

describe('a stream that is none of bytes', () => {
  it('fails, is watched no longer, and is cancelled', async () => {
    let cancelled = false
    const parts = new ReadableStream({
      start: (controller) => controller.enqueue(4),
      cancel: () => {
        cancelled = true
      },
    })
    const response = await call(
      () => new Response(parts, { headers: { 'content-type': 'text/event-stream' } }),
    )

    await expect(response.text()).rejects.toThrow(TypeError)
    expect(at.timers.waiting).toBe(0)
    expect(cancelled).toBe(true)
  })
})

describe('another response behind a fetch gate', () => {
  it('is left alone', async () => {
    const json = Response.json({ a: 1 })

    expect(await call(() => json)).toBe(json)
    expect(at.timers.waiting).toBe(0)
  })

  /** What a handler answers with that asks for its response to be ended. */
  const asked = (headers: Record<string, string> = {}): ReturnType<typeof requireDelegation> =>
    requireDelegation({ verifier: at.verifier, ask: { action: 'mail.read' } }, (_, delegation) =>
      endWithDelegation(at.verifier, delegation, new Response(source.stream, { headers })),
    )

  it('fails with its delegation when it is asked for, so that no part is taken for the whole [LC-01]', async () => {
    const gate = asked()
    const response = await gate(new Request(`${at.origin}/feed`, { headers: await at.sign('/feed') }))
    const failed = expect(response.text()).rejects.toThrow('has ended: revoked')
    source.write('{}\n')
    await settled()

    await at.revoke()

    await failed
    expect(source.cancelled).toBe('revoked')
    expect(at.timers.waiting).toBe(0)
  })

  it.each<[string, Record<string, string>]>([
    ['in chunks', {}],
    ['of a stated length', { 'content-length': '1000' }],
    ['of events of a stated length', { 'content-length': '1000', 'content-type': 'text/event-stream' }],
  ])('%s is seen to be broken off by a client of Hono on Node [LC-01]', async (_, headers) => {
    const log = vi.spyOn(console, 'error').mockReturnValue()
    at.server.on('request', getRequestListener(asked(headers)))
    const response = await fetch(`${at.origin}/feed`, { headers: await at.sign('/feed') })
    const failed = expect(response.text()).rejects.toThrow('terminated')
    source.write('{}\n')
    await vi.waitFor(() => expect(source.desired).toBeGreaterThan(0))

    await at.revoke()

    await failed
    expect(source.cancelled).toBe('revoked')
    log.mockRestore()
  })

  it('arrives whole when its delegation ends after it', async () => {
    at.server.on('request', getRequestListener(asked()))
    const response = await fetch(`${at.origin}/feed`, { headers: await at.sign('/feed') })
    source.write('{}\n')
    source.close()

    expect(await response.text()).toBe('{}\n')
    await at.revoke()
    expect(source.cancelled).toBeUndefined()
  })

  it('needs a body to be ended', async () => {
    const empty = new Response(null, { status: 204 })
    const request = await at.world.present(at.chain, { origin: at.origin })
    const verdict = await at.verifier.verify(request, { action: 'mail.read' })

    expect(verdict.verified && endWithDelegation(at.verifier, verdict, empty)).toBe(empty)
    await vi.waitFor(() => expect(at.timers.waiting).toBe(0))
  })
})
