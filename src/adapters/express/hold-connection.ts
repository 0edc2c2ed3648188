import { decodeUtf8 } from '../../core/bytes.ts'
import { ProcuraError } from '../../errors.ts'
import type { Verdict } from '../../refusal.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import { evidenceOf } from '../../verifier/evidence.ts'
import type { VerifiedPresentation } from '../../verifier/verdict.ts'

/** "Policy violation" (RFC 6455 §7.4.1). */
const CLOSE_CODE = 1008

/** How long a client may take to close its side, in milliseconds. */
const CLOSE_GRACE_MS = 1_000

/**
 * What a token is bound to that renews a connection: `agent.token({ audience, request: RENEWAL })`. It is good once and
 * for nothing else.
 */
export const RENEWAL: { readonly method: string } = { method: 'agent-delegation/renew' }

/** What is used of a WebSocket of the package `ws`. */
export interface ClosableSocket {
  close(code: number, reason: string): void
  terminate(): void
  /** Hands an event to its listeners. */
  emit(event: string, ...args: unknown[]): boolean
  once(event: 'close', listener: () => void): unknown
  readonly readyState: number
}

/** Of a socket that will not tell of its end any more (`WebSocket.CLOSED`). */
const CLOSED = 3

/** A connection that lasts as long as its delegation. */
export interface HeldConnection {
  /**
   * Goes on beyond the end of the presenter's proof with a fresh token, which came in a message of the application's own
   * making. It is of the same presenter, and bound to {@link RENEWAL}; or a bearer, where the policy takes one for the
   * action. It uses counts and budgets of the grant up, as any request does.
   *
   * @param token Any value, as it was received.
   * @returns A refusal when it is not good enough. The connection is then as it was, and ends when it would have.
   */
  renew(token: unknown): Promise<Verdict<void>>
}

/**
 * Holds a WebSocket under a verdict of {@link verifyUpgrade}: it is closed with the code 1008 and the code of the refusal as
 * reason when the delegation ends, at `recheckAt` unless all still holds, or when its status changes
 * (docs/spec/07-verifying.md "Long-lived connections"). From then on no message is passed
 * on, to whomever.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what is no accepted verdict of this verifier about an action.
 */
export function holdConnection(
  verifier: Verifier,
  verdict: VerifiedPresentation,
  socket: ClosableSocket,
): HeldConnection {
  const { question, context } = evidenceOf(verdict)
  const { ask, target } = question
  if (ask === undefined)
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'a connection is held for an action')
  const watch = verifier.watch(verdict, ({ code }) => {
    dropMessages(socket)
    socket.close(CLOSE_CODE, code)
    const cancel = context.setTimer(() => socket.terminate(), CLOSE_GRACE_MS)
    socket.once('close', cancel)
  })
  socket.once('close', () => watch.stop())
  if (socket.readyState === CLOSED) watch.stop()
  return {
    async renew(token) {
      const fresh = await verifier.verifyToken(textOf(token), ask, { request: RENEWAL, target })
      const renewed = watch.renew(fresh)
      // What it used up was not used for anything.
      if (fresh.verified && !renewed.verified) await fresh.release()
      return renewed
    },
  }
}

/** What is under way still arrives while a connection is closed, and must reach nobody, nor who comes to listen then. */
function dropMessages(socket: ClosableSocket): void {
  const { emit } = socket
  socket.emit = (event, ...args) => event !== 'message' && Reflect.apply(emit, socket, [event, ...args])
}

/** Messages arrive as text or bytes. Anything else is no token, and must not be asked for its text: it may have none. */
function textOf(token: unknown): string {
  if (token instanceof Uint8Array) return decodeUtf8(token) ?? ''
  return typeof token === 'string' ? token : ''
}
