import type { Request, RequestHandler, Response } from 'express'
import { decodeUtf8 } from '../../core/bytes.ts'
import { isJsonObject, type Json, type JsonObject, parseStrictJson } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'
import { isChainUpload, MAX_UPLOAD_BYTES } from '../../model/chain-upload.ts'
import type { PresentedRequest } from '../../model/presented-request.ts'
import { readActionName } from '../../verifier/action-name.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type {
  PresentationRefusal,
  PresentationVerdict,
  VerifiedPresentation,
} from '../../verifier/verdict.ts'
import type { Watch } from '../../verifier/watch.ts'
import { answerUpload } from '../chain-upload.ts'
import {
  assertIdentifier,
  assertListener,
  type KnownOptions,
  misconfigured,
  refuseUnknown,
} from '../known-options.ts'
import { readMaxBodyBytes } from '../limits.ts'
import { announce, type OnVerdict, ownRefusal } from '../on-verdict.ts'
import { type Answer, problemOf } from '../problem.ts'
import { HeldResponse } from './held-response.ts'
import { readBody } from './read-body.ts'

/** How bodies are read, and who is told what was decided. */
export interface DelegatedOptions {
  /** Largest body, in bytes; a larger one is answered 413. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Told of every decision. Default: nobody. */
  readonly onVerdict?: OnVerdict<Request>
}

const DELEGATED_OPTIONS: KnownOptions<DelegatedOptions> = { maxBodyBytes: true, onVerdict: true }

/** A value, or how to take it from the request. */
type FromRequest<T> = T | ((req: Request) => T)

/** What is asked besides the action. */
export interface RequireDelegationOptions {
  /** The resource acted on, as in `inbox/support`. */
  readonly identifier?: FromRequest<string>
  /** What constraints speak of. Default: the JSON object in the body. */
  readonly arguments?: (req: Request) => JsonObject
}

const REQUIRED_OPTIONS: KnownOptions<RequireDelegationOptions> = { identifier: true, arguments: true }

/** What a request carries from `delegated` to `requireDelegation`. */
interface Held {
  readonly verifier: Verifier
  readonly presented: PresentedRequest
  /** Tells of it, and answers it. */
  readonly decided: <V extends PresentationVerdict>(verdict: V) => V
  verified?: VerifiedPresentation
  response?: HeldResponse
  used: boolean
}

const held = new WeakMap<Request, Held>()

/**
 * Reads the body once, byte for byte, so that its digest can be compared, and parses it when it is JSON. Put it before
 * body parsers: they find the body read and leave `req.body` alone. It refuses nothing by itself but a body that is
 * too large; `requireDelegation` does.
 *
 * On an app (not on a router under a path) it also takes the chains that agents send in advance because no request
 * field holds them, and answers `POST /.well-known/agent-delegation`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, naming the option to mend.
 */
export function delegated(verifier: Verifier, options: DelegatedOptions = {}): RequestHandler {
  refuseUnknown(options, DELEGATED_OPTIONS, 'delegated()')
  const { onVerdict } = options
  assertListener(onVerdict)
  const maxBodyBytes = readMaxBodyBytes(options.maxBodyBytes)
  return async (req, res, next) => {
    if (req.readableDidRead) throw bodyConsumed()
    const decided = <V extends PresentationVerdict>(verdict: V): V => announce(onVerdict, verdict, req)
    const isUpload = isChainUpload({ method: req.method, target: req.originalUrl })
    const body = await readBody(req, isUpload ? MAX_UPLOAD_BYTES : maxBodyBytes)
    if (body === undefined) {
      const { refusal } = decided(ownRefusal({ code: 'limit_exceeded', dimension: 'body' }))
      return send(res, problemOf(refusal, verifier.origin))
    }
    if (isUpload) return send(res, await answerUpload(verifier, present(req, body), decided))
    req.body = parseBody(req, body)
    held.set(req, { verifier, presented: present(req, body), decided, used: false })
    next()
  }
}

/**
 * Lets a request pass only when its delegation chain allows `action`; else answers with problem details
 * (docs/spec/07-verifying.md "Codes"). An event stream that the route answers with is ended when the delegation ends. A request is verified once: a second one would be a replay.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, when the route is made, naming what is to be mended; when a
 *   request comes, `ERR_PROCURA_NOT_STARTED` without `delegated` before it and `ERR_PROCURA_ALREADY_VERIFIED` on the
 *   second use for one request.
 */
export function requireDelegation(action: string, options: RequireDelegationOptions = {}): RequestHandler {
  readActionName(action, 'the action of requireDelegation()')
  refuseUnknown(options, REQUIRED_OPTIONS, 'requireDelegation()')
  assertIdentifier(options.identifier, 'identifier')
  if (options.arguments !== undefined && typeof options.arguments !== 'function')
    misconfigured('arguments must be a function that takes them from the request')
  return async (req, res, next) => {
    const context = held.get(req)
    if (context === undefined) throw notMounted()
    if (context.used) throw alreadyVerified()
    context.used = true
    const { verifier, presented, decided } = context
    const verdict = decided(await verifier.verify(presented, askOf(req, action, options)))
    if (!verdict.verified) return send(res, problemOf(verdict.refusal, context.verifier.origin))
    context.verified = verdict
    const answer = (refusal: PresentationRefusal): void =>
      send(res, problemOf(refusal, context.verifier.origin))
    context.response = new HeldResponse(res, { verifier: context.verifier, verdict, answer })
    next()
  }
}

/**
 * Who acts, for whom, under what.
 *
 * @throws {ProcuraError} `ERR_PROCURA_NOT_STARTED` when the route has no `requireDelegation`.
 */
export function delegationOf(req: Request): VerifiedPresentation {
  const verified = held.get(req)?.verified
  if (verified === undefined) throw notMounted()
  return verified
}

/**
 * Ends the response of a request when its delegation ends, at `recheckAt` unless all still holds, or when its status
 * changes (docs/spec/07-verifying.md "Long-lived connections"). Event streams (`text/event-stream`) are ended so without asking;
 * ask for what else lasts longer than a moment. Whatever the handler does besides, it ends at the response's `close`.
 *
 * @returns What goes on with a newer verdict of the same presenter for the same ask.
 * @throws {ProcuraError} `ERR_PROCURA_NOT_STARTED` when the route has no `requireDelegation`.
 */
export function endWithDelegation(req: Request): Watch {
  const response = held.get(req)?.response
  if (response === undefined) throw notMounted()
  return response.watch()
}

function askOf(
  req: Request,
  action: string,
  { identifier, arguments: fromRequest }: RequireDelegationOptions,
) {
  const resource = typeof identifier === 'function' ? identifier(req) : identifier
  const args = fromRequest === undefined ? asObject(req.body) : fromRequest(req)
  return {
    action,
    ...(resource === undefined ? {} : { identifier: resource }),
    ...(args === undefined ? {} : { arguments: args }),
    ...(req.ip === undefined ? {} : { clientAddress: req.ip }),
  }
}

/** `parseBody` leaves strict JSON or bytes. */
function asObject(body: Json | Uint8Array | undefined): JsonObject | undefined {
  return !(body instanceof Uint8Array) && isJsonObject(body) ? body : undefined
}

function present(req: Request, body: Uint8Array): PresentedRequest {
  return {
    method: req.method,
    target: req.originalUrl,
    header: (name) => req.headersDistinct[name]?.join(', '),
    body,
  }
}

/** Strict JSON as a value, anything else as bytes; nothing when there is no body. */
function parseBody(req: Request, body: Uint8Array): Json | Uint8Array | undefined {
  if (body.length === 0) return undefined
  if (!req.is(['json', '+json'])) return body
  const text = decodeUtf8(body)
  return (text === undefined ? undefined : parseStrictJson(text)) ?? body
}

function send(res: Response, { status, headers, body }: Answer): void {
  res
    .status(status)
    .set(headers)
    .end(body && JSON.stringify(body))
}

function bodyConsumed(): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_BODY_CONSUMED',
    'delegated() must come before body parsers such as express.json(): it compares the bytes of the body',
  )
}

function notMounted(): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_NOT_STARTED',
    'mount delegated(verifier) on the app and requireDelegation(action) on the route first',
  )
}

function alreadyVerified(): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_ALREADY_VERIFIED',
    'requireDelegation() may stand once on a route: a request is verified for one action',
  )
}
