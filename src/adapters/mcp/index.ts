export type { McpRule, McpRules } from './ask-of.ts'
export { delegationOf, type HandlerContext, sessionKey } from './auth-info.ts'
export { type GuardedServer, guardServer } from './guard-server.ts'
export type { GuardOptions } from './judge-call.ts'
export type { AuthInfo, Message } from './protocol.ts'
export {
  createTokenVerifier,
  type OAuthErrors,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './token-verifier.ts'
