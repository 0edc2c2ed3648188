import type { Lineage } from '../model/credential.ts'
import type { Did } from '../model/did.ts'
import type { AgentContext } from './agent-context.ts'
import type { RefreshOptions } from './chain-keeper.ts'
import type { DelegateOptions } from './delegate-options.ts'
import { chainToDeriveFrom, type DelegatedChain, deriveChain } from './derive-chain.ts'
import { type PresentDocumentOptions, presentDocument } from './present-document.ts'
import { type McpTransport, type McpTransportOptions, presentOver } from './present-over.ts'
import {
  type McpMeta,
  type McpMetaOptions,
  type PresentTokenOptions,
  presentInMeta,
  presentToken,
} from './present-token.ts'
import { revokeChain } from './revoke-chain.ts'
import { type RotationOptions, rotateKey } from './rotate-key.ts'
import { type RunIdentity, type RunOptions, startRun } from './run-identity.ts'
import type { RunOutcome } from './run-registration.ts'
import { type AgentFetch, createSignedFetch } from './signed-fetch.ts'

/** An agent: a key and the chain of delegations that ends at it. */
export interface Agent {
  readonly did: Did
  /** The registered agent (link 1) on which all rests; that of the agent itself, or of the one far above a run. */
  readonly agentId: string
  /** The chain held now, root first: compact tokens or JSON texts. */
  readonly chain: readonly string[]
  /** When the chain held now ends, in milliseconds since 1970. */
  readonly validUntil: number

  /**
   * As the platform's `fetch`, with the chain and a signature over method, URL and body on each request
   * (docs/spec/06-presenting.md §1). May be handed around without its agent.
   *
   * The body is read into memory first, up to 16 MiB. Redirects within the origin are signed anew, at most 10;
   * beyond it the chain is left out, for good. Before half the chain's life is over it is renewed in the
   * background; when a service provider refuses it as out of date it is fetched again, and the request sent once
   * more. A chain that does not fit into a header (7.5 KiB) is sent to each origin in advance, once, and again when
   * the service provider has lost it; what goes wrong there is the answer of the call. A service provider that does not
   * know the status of the chain well enough is brought it, once for each call (docs/spec/06-presenting.md §4).
   *
   * @throws {ProcuraError} `ERR_PROCURA_PAYLOAD_TOO_LARGE` for a larger body, or a chain that does not fit into a
   *   header at a service provider that takes none in advance; `ERR_PROCURA_DELEGATION_ENDED` when the chain has ended and was not renewed.
   * @throws {TypeError} As `fetch` does.
   */
  readonly fetch: AgentFetch

  /**
   * Presents the chain as one token (`vp+jwt`, docs/spec/06-presenting.md §2), for what carries nothing but a bearer
   * token. Whoever sees it can use it until it ends, unless it is bound to one request; `fetch` is stronger.
   *
   * It is a third longer than the chain, and 500 bytes and more on top. Of three links it has some 8 KiB; many HTTP servers take no more than
   * 8 or 16 KiB of header fields.
   *
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT`; `ERR_PROCURA_DELEGATION_ENDED` when the chain has ended and
   *   was not renewed.
   */
  token(options: PresentTokenOptions): Promise<string>

  /**
   * Presents the chain with one request of MCP: `client.callTool({ ...params, _meta: await agent.mcpMeta({ audience,
   * request: { method: 'tools/call', params } }) })`. `params` must be all that the client sends but `_meta`.
   *
   * @throws {ProcuraError} As {@link Agent.token}.
   */
  mcpMeta(options: McpMetaOptions): Promise<McpMeta>

  /**
   * Presents the chain with every request that an MCP client sends over a connection, as {@link Agent.mcpMeta} does
   * for one; also with what a client adds by itself, like a second round. Before `client.connect(transport)`. Sending
   * fails as {@link Agent.token} does.
   *
   * @returns The same connection.
   */
  mcpTransport<T extends McpTransport>(transport: T, options: McpTransportOptions): T

  /**
   * Presents the chain as a JSON document with a Data Integrity proof (docs/spec/06-presenting.md §3), for services that
   * speak to wallets. It is good for one service and one challenge, for 5 minutes.
   *
   * @returns JSON.
   * @throws {ProcuraError} As {@link Agent.token}.
   */
  presentation(options: PresentDocumentOptions): Promise<string>

  /**
   * Delegates to a sub-agent, offline: signs one link more, no wider than the agent's own.
   *
   * The link is bound to the credential that the agent holds now, by digest. When the agent renews its chain, what
   * it delegated before is presented with the chain as it was then, and ends with it; what it delegates afterwards
   * can live as long as the renewed chain.
   *
   * @throws {ProcuraError} `ERR_PROCURA_WIDER_THAN_PARENT` naming the dimension; `ERR_PROCURA_LEASE_EXHAUSTED`;
   *   `ERR_PROCURA_STORAGE` when there is no storage to record the status index in, or it fails;
   *   `ERR_PROCURA_DELEGATION_ENDED`; `ERR_PROCURA_PAYLOAD_TOO_LARGE` beyond the limits on a chain
   *   (docs/spec/10-reference.md "Defaults"); `ERR_PROCURA_INVALID_ARGUMENT`.
   */
  delegate(options: DelegateOptions): Promise<DelegatedChain>

  /**
   * Makes an identity for one task: a fresh key, a link signed here, registered at the issuer. Meant for
   * `await using`: leaving the block completes the run, after which its credential is revoked. When the agent's lease
   * is used up, the issuer is asked for a larger one. When the link above is replaced, the run goes on under the new one
   * with what that allows (docs/spec/08-lifecycle.md "Live children"), or throws `ERR_PROCURA_WIDER_THAN_PARENT`, or
   * `ERR_PROCURA_DELEGATION_ENDED` if somebody ended it, whenever it is used.
   *
   * @throws {ProcuraError} As {@link Agent.delegate}; `ERR_PROCURA_ISSUER_UNREACHABLE` when there is no issuer to
   *   register at and `register: false` was not said; `ERR_PROCURA_ISSUER_REFUSED`.
   */
  run(options: RunOptions): Promise<Run>

  /**
   * Ends the last link of a chain at the issuer, for good: of a sub-agent's that was delegated here, of one further below, or the
   * agent's own if it was delegated. Whatever was derived from it falls with it.
   *
   * @param chain Whole, as `delegate` answered it.
   * @param reason For the audit trail, at most 512 characters.
   * @throws {ProcuraError} `ERR_PROCURA_ISSUER_REFUSED` for a chain in which the agent does not stand, or of a delegation that is
   *   revoked; `ERR_PROCURA_ISSUER_UNREACHABLE` after three tries, or without an issuer.
   */
  revoke(chain: readonly string[], reason: string): Promise<void>

  /**
   * Fetches the chain again from the issuer, now. A run takes what is new in its owner's link from its agent.
   *
   * @throws {ProcuraError} `ERR_PROCURA_ISSUER_UNREACHABLE`, `ERR_PROCURA_ISSUER_REFUSED`;
   *   `ERR_PROCURA_DELEGATION_ENDED` for a chain that cannot be renewed: without an issuer, or delegated by an agent.
   */
  refresh(options?: RefreshOptions): Promise<void>

  /**
   * Gives the agent another key, at the issuer and here, without an interruption: the old chain is presented until the one for the
   * new key is here, and stays good for the grace. Same `agentId`, same delegation, another `did`. Its live runs get
   * credentials under the new key when they are next used; to sub-agents it delegates again (`refreshFrom` of theirs).
   *
   * Keep the new key first. A restart with it and the old chain fetches the new chain by itself. Called again with the same key after
   * a failure, it finishes what was begun.
   *
   * @throws {ProcuraError} `ERR_PROCURA_ISSUER_REFUSED` (`did_in_use`, …), `ERR_PROCURA_ISSUER_UNREACHABLE` after three tries, or for an
   *   agent without an issuer; `ERR_PROCURA_INVALID_KEY`; `ERR_PROCURA_INVALID_ARGUMENT` for a grace beyond a day.
   */
  rotateKey(options: RotationOptions): Promise<void>
}

/** A run: an agent for one task, with an end. */
export interface Run extends Agent, AsyncDisposable {
  /** Of the run and of its first credential: `urn:uuid:…`. */
  readonly id: string
  readonly lineage: Lineage
  /**
   * Ends the run: at once in this process, then at the issuer, in three tries. May be called again.
   *
   * @returns `lapses` for a run that is not registered: nobody revokes it, it ends when its lifetime does.
   * @throws {ProcuraError} `ERR_PROCURA_ISSUER_UNREACHABLE`, `ERR_PROCURA_ISSUER_REFUSED`: the credential is still
   *   good until its lifetime ends.
   */
  complete(): Promise<RunOutcome>
}

/** Makes the agent of a context. */
export function agentOf(context: AgentContext): Agent {
  return new HeldAgent(context)
}

class HeldAgent implements Agent {
  readonly #context: AgentContext
  readonly fetch: AgentFetch

  constructor(context: AgentContext) {
    const { keeper, keys, ports } = context
    this.#context = context
    this.fetch = createSignedFetch({ ...ports, chain: keeper, keys })
  }

  get did(): Did {
    return this.#context.keeper.held.own.credential.subject.id
  }

  get agentId(): string {
    return this.#context.keeper.held.agent.agentId
  }

  get chain(): readonly string[] {
    return this.#context.keeper.held.tokens
  }

  get validUntil(): number {
    return this.#context.keeper.held.validUntil
  }

  async token(options: PresentTokenOptions): Promise<string> {
    return presentToken(this.#context, options)
  }

  async mcpMeta(options: McpMetaOptions): Promise<McpMeta> {
    return presentInMeta(this.#context, options)
  }

  mcpTransport<T extends McpTransport>(transport: T, options: McpTransportOptions): T {
    return presentOver(this.#context, transport, options)
  }

  async presentation(options: PresentDocumentOptions): Promise<string> {
    return presentDocument(this.#context, options)
  }

  async delegate(options: DelegateOptions): Promise<DelegatedChain> {
    const held = await chainToDeriveFrom(this.#context, options.lifetime)
    const { released } = await deriveChain(held, options, this.#context)
    return released
  }

  async run(options: RunOptions): Promise<Run> {
    return new HeldRun(await startRun(this.#context, options))
  }

  async revoke(chain: readonly string[], reason: string): Promise<void> {
    await revokeChain(this.#context, chain, reason)
  }

  async refresh(options?: RefreshOptions): Promise<void> {
    await this.#context.keeper.refresh(options)
  }

  async rotateKey(options: RotationOptions): Promise<void> {
    await rotateKey(this.#context, options)
  }
}

class HeldRun extends HeldAgent implements Run {
  readonly id: string
  readonly lineage: Lineage
  readonly #complete: RunIdentity['complete']

  constructor({ id, lineage, context, complete }: RunIdentity) {
    super(context)
    this.id = id
    this.lineage = lineage
    this.#complete = complete
  }

  complete(): Promise<RunOutcome> {
    return this.#complete()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#complete()
  }
}
