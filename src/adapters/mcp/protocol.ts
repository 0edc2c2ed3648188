import type { JsonObject } from '../../core/json.ts'

/*
 * As much of the official SDK as the adapter touches, in its own words: so it needs neither of the SDK's major versions,
 * and works with both. Tests hold it against them.
 */

/** What an MCP server knows of a caller. */
export interface AuthInfo {
  token: string
  clientId: string
  scopes: string[]
  /** Seconds since 1970. */
  expiresAt?: number
  resource?: URL
  extra?: Record<string, unknown>
}

/** What a transport knows about a message. */
export interface MessageExtra {
  readonly authInfo?: AuthInfo
}

/** A message of JSON-RPC 2.0 as it was received, nothing of it believed. */
export interface Message {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
}

/** A connection: `Transport` of the SDK. */
export interface Transport {
  /** Of connections that outlive a request. */
  readonly sessionId?: string | undefined
  onmessage?: Deliver | undefined
  onerror?: ((error: Error) => void) | undefined
  start(): Promise<void>
  close(): Promise<void>
  send(message: ErrorResponse, options?: { relatedRequestId?: string | number }): Promise<void>
}

/** Hands a message to the server. */
export type Deliver = (message: Message, extra?: MessageExtra) => void

/** A message that asks for an answer. */
export interface Request {
  readonly id: string | number
  readonly method: string
  readonly params: JsonObject
}

/** The answer that no client takes for a result. */
export interface ErrorResponse {
  readonly jsonrpc: '2.0'
  readonly id: string | number
  readonly error: { readonly code: number; readonly message: string; readonly data?: object }
}
