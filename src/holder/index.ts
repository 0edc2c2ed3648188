export type { Clock, Fetch, Random } from '../core/clock.ts'
export { type IssuerProblem, ProcuraError, type ProcuraErrorCode } from '../errors.ts'
export type { Mechanism } from '../model/chain.ts'
export type { Lineage } from '../model/credential.ts'
export type { Did, DidUrl } from '../model/did.ts'
export type { Signer } from '../model/signer.ts'
export type { StatusEntry } from '../model/status-list-entry.ts'
export {
  createLocalSigner,
  generateKey,
  type PrivateJwk,
  parsePrivateJwk,
} from '../securing/vc-jose/local-signer.ts'
export type { ProtocolRequest } from '../securing/vc-jose/protocol-request.ts'
export type { Agent, Run } from './agent.ts'
export type { Environment } from './agent-environment.ts'
export type { AgentKey } from './agent-keys.ts'
export { type AgentStorage, memoryStorage } from './agent-storage.ts'
export { type ChainFile, formatChainFile, parseChainFile } from './chain-file.ts'
export type { RefreshOptions } from './chain-keeper.ts'
export type { AgentOptions } from './create-agent.ts'
export { type CreateAgent, createAgent, type EnvironmentOptions } from './create-agent-from-environment.ts'
export type { DelegateOptions, GrantDetail, OnwardOptions } from './delegate-options.ts'
export type { DelegatedChain } from './derive-chain.ts'
export { type Duration, parseDuration } from './duration.ts'
export { fileStorage, loadChain } from './file-storage.ts'
export {
  createIssuerClient,
  type IssuerAnswer,
  type IssuerCall,
  type IssuerClient,
  type IssuerClientOptions,
} from './issuer-client.ts'
export type { PresentDocumentOptions } from './present-document.ts'
export type { McpTransport, McpTransportOptions } from './present-over.ts'
export type { McpMeta, McpMetaOptions, PresentMcpOptions, PresentTokenOptions } from './present-token.ts'
export type { Sleep } from './retry.ts'
export type { RotationOptions } from './rotate-key.ts'
export type { RunOptions } from './run-identity.ts'
export type { RunOutcome } from './run-registration.ts'
export type { AgentFetch, AgentRequestInit } from './signed-fetch.ts'
