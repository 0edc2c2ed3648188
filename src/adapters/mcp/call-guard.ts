import { isJsonObject, type Json } from '../../core/json.ts'
import { tell } from '../../core/tell.ts'
import type { Did } from '../../model/did.ts'
import { OPEN_MCP_REQUESTS } from '../../model/mcp.ts'
import type { RefusedPresentation } from '../../verifier/verdict.ts'
import { announce, ownRefusal } from '../on-verdict.ts'
import { problemOf } from '../problem.ts'
import { verdictIn } from './auth-info.ts'
import { type GuardOptions, judgeCall } from './judge-call.ts'
import type { Deliver, ErrorResponse, Message, MessageExtra, Request, Transport } from './protocol.ts'

const FOREIGN_SESSION = ownRefusal({ code: 'holder_proof_invalid', dimension: 'session' })

const NO_PARAMS = ownRefusal({ code: 'malformed', dimension: 'params' })

/** Looks at each message of one connection, and hands on what is allowed. */
export class CallGuard {
  readonly #transport: Transport
  readonly #deliver: Deliver
  readonly #options: GuardOptions
  /** The presenter who was verified first on this connection. */
  #owner: Did | undefined

  constructor(transport: Transport, deliver: Deliver, options: GuardOptions) {
    this.#transport = transport
    this.#deliver = deliver
    this.#options = options
  }

  receive(message: Message, extra?: MessageExtra): void {
    const caller = verdictIn(extra?.authInfo)?.presenter
    if (caller !== undefined && !this.#owns(caller)) this.#refuse(message, FOREIGN_SESSION)
    else if (isOpen(message)) this.#deliver(message, extra)
    // What asks for no answer is no call, and nobody would learn that it is refused: it is dropped.
    else if (isId(message.id)) this.#judge(message, extra).catch((cause) => this.#fail(message, cause))
  }

  async #judge(message: Message, extra: MessageExtra | undefined): Promise<void> {
    const request = readRequest(message)
    if (request === undefined) return this.#refuse(message, NO_PARAMS)
    const verdict = await judgeCall(request, extra, this.#options)
    if (!verdict.verified) return this.#refuse(message, verdict)
    if (!this.#owns(verdict.delegation.presenter)) return this.#refuse(message, FOREIGN_SESSION)
    announce(this.#options.onVerdict, verdict.delegation, message)
    this.#deliver(message, { ...extra, authInfo: verdict.authInfo })
  }

  /** What has no session id ends with its request, or has one peer. */
  #owns(presenter: Did): boolean {
    if (this.#transport.sessionId === undefined) return true
    this.#owner ??= presenter
    return this.#owner === presenter
  }

  #refuse(message: Message, verdict: RefusedPresentation): void {
    announce(this.#options.onVerdict, verdict, message)
    const { status, body } = problemOf(verdict.refusal, this.#options.verifier.origin)
    this.#answer(message, { code: status, message: `${body.code}: ${body.detail}`, data: body })
  }

  #fail(message: Message, cause: unknown): void {
    this.#report(cause)
    this.#answer(message, { code: 500, message: 'the request could not be verified' })
  }

  #answer({ id }: Message, error: ErrorResponse['error']): void {
    if (!isId(id)) return
    const answer = { jsonrpc: '2.0', id, error } as const
    new Promise((resolve) => resolve(this.#transport.send(answer, { relatedRequestId: id }))).catch((cause) =>
      this.#report(cause),
    )
  }

  /** Anybody can send what is reported. */
  #report(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error('the request failed', { cause })
    tell((news) => this.#transport.onerror?.(news), error)
  }
}

/** Answers to the server's own requests, notifications, and {@link OPEN_MCP_REQUESTS}. */
function isOpen({ id, method }: Message): boolean {
  if (typeof method !== 'string') return true
  return OPEN_MCP_REQUESTS.has(method) || (id === undefined && method.startsWith('notifications/'))
}

function isId(id: unknown): id is Request['id'] {
  return typeof id === 'string' || typeof id === 'number'
}

/** @returns `undefined` for parameters that are no object. */
function readRequest({ id, method, params = {} }: Message): Request | undefined {
  if (!isId(id) || typeof method !== 'string' || !isJsonObject(params as Json)) return undefined
  return { id, method, params: params as Request['params'] }
}
