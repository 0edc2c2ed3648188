import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { encodeUtf8 } from '../../core/bytes.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type { Ask } from '../../verifier/presentation.ts'
import type { VerifiedPresentation } from '../../verifier/verdict.ts'
import { announce, type OnVerdict } from '../on-verdict.ts'
import { type Answer, problemOf } from '../problem.ts'

/** Who is told what was decided. */
export interface UpgradeOptions {
  /** Default: nobody. */
  readonly onVerdict?: OnVerdict<IncomingMessage>
}

/**
 * Verifies a request that asks to go on with another protocol (RFC 9110 §7.8), as a WebSocket begins, before that is
 * agreed to: in the listener of `upgrade` of a server of `node:http`. It is signed like any request without a body.
 *
 * @param request `url` as it came over the wire.
 * @returns The verdict to hold the connection under. `undefined`: it was refused and answered over HTTP, with problem
 *   details; the socket is not to be used any more.
 */
export async function verifyUpgrade(
  verifier: Verifier,
  request: IncomingMessage,
  socket: Duplex,
  ask: Ask,
  { onVerdict }: UpgradeOptions = {},
): Promise<VerifiedPresentation | undefined> {
  // A client that goes away must not end the process, neither now nor before somebody else listens.
  socket.on('error', () => socket.destroy())
  const verdict = await verifier.verify(
    {
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      header: (name) => request.headersDistinct[name]?.join(', '),
    },
    ask,
  )
  announce(onVerdict, verdict, request)
  if (!verdict.verified) {
    refuse(socket, problemOf(verdict.refusal, verifier.origin))
    return undefined
  }
  return verdict
}

function refuse(socket: Duplex, { status, headers, body }: Required<Answer>): void {
  const text = JSON.stringify(body)
  const fields = { ...headers, connection: 'close', 'content-length': String(encodeUtf8(text).length) }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  socket.once('finish', () => socket.destroy())
  socket.end([`HTTP/1.1 ${status} ${body.title}`, ...lines, '', text].join('\r\n'))
}
