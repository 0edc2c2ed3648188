import { randomUUID } from 'node:crypto'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import type { IssuerAnswer, IssuerCall, IssuerClient } from '../holder/issuer-client.ts'
import { createIssuerClient } from '../holder/issuer-client.ts'
import { mayPass } from '../holder/issuer-problem.ts'
import { systemSleep, withRetries } from '../holder/retry.ts'
import type { Signer } from '../model/signer.ts'
import { createLocalSigner, type PrivateJwk } from '../securing/vc-jose/local-signer.ts'
import type { Cli } from './cli.ts'
import { CliError, usageError } from './cli-error.ts'
import { readConfiguration } from './config/configuration.ts'
import type { Settings } from './config/settings.ts'
import type { Host } from './host.ts'
import { parseKey, readKeyFile } from './key-file.ts'
import type { Options } from './options.ts'

/** Most items of one page of a list. */
const PAGE_ITEMS = 200

export type Query = NonNullable<IssuerCall['query']>

/** The issuer's API, as commands use it. */
export class IssuerApi {
  readonly #client: IssuerClient

  constructor(client: IssuerClient) {
    this.#client = client
  }

  /** Base URL, as commands are told of it. */
  get issuer(): string {
    return this.#client.issuer.replace(/\/$/, '')
  }

  get(path: string, query: Query = {}): Promise<JsonObject> {
    return this.#object({ method: 'GET', path, query })
  }

  /** An answer that is no JSON document. */
  async text(path: string, query: Query = {}): Promise<string> {
    return (await this.#call({ method: 'GET', path, query })).text
  }

  post(path: string, body: object, query: Query = {}): Promise<JsonObject> {
    return this.#object({ method: 'POST', path, query, body })
  }

  patch(path: string, body: object): Promise<JsonObject> {
    return this.#object({ method: 'PATCH', path, body })
  }

  delete(path: string): Promise<JsonObject> {
    return this.#object({ method: 'DELETE', path })
  }

  /** Creates something once, however often the network makes us ask. */
  create(path: string, body: object): Promise<JsonObject> {
    const call: IssuerCall = { method: 'POST', path, body, idempotencyKey: randomUUID() }
    return withRetries(() => this.#object(call), mayPass, systemSleep)
  }

  /** One page of a list. */
  async page(path: string, query: Query = {}): Promise<{ items: readonly JsonObject[]; next?: string }> {
    const answer = await this.get(path, { limit: PAGE_ITEMS, ...query })
    const items = member(answer, 'items')
    const next = member(answer, 'next')
    if (!isJsonArray(items)) throw unusable()
    return { items: items.filter(isJsonObject), ...(typeof next === 'string' ? { next } : {}) }
  }

  /** Every item of a list, page by page. */
  async *items(path: string, query: Query = {}): AsyncGenerator<JsonObject> {
    let asked = query
    for (;;) {
      const { items, next } = await this.page(path, asked)
      yield* items
      if (next === undefined) return
      asked = { ...query, after: next }
    }
  }

  async #object(call: IssuerCall): Promise<JsonObject> {
    const { json } = await this.#call(call)
    if (!isJsonObject(json)) throw unusable()
    return json
  }

  async #call(call: IssuerCall): Promise<IssuerAnswer> {
    try {
      return await this.#client.call(call)
    } catch (error) {
      throw withAdvice(error, call, this.issuer)
    }
  }
}

/** Whether it may be repeated, which whoever got no answer wants to know. */
function withAdvice(error: unknown, { method }: IssuerCall, issuer: string): unknown {
  if (!(error instanceof ProcuraError) || error.code !== 'ERR_PROCURA_ISSUER_UNREACHABLE') return error
  const isHarmless = method === 'GET' || wasNeverSent(error)
  const advice = isHarmless
    ? 'repeat it when that is mended'
    : 'the change may have been made all the same: look before you repeat it'
  return new ProcuraError(error.code, `${error.message}${askedAt(issuer, error)}; ${advice}`, {
    cause: error,
  })
}

/** Where nobody answered; nothing of an answer that cannot be used. An issuer's URL has no query and no password. */
function askedAt(issuer: string, error: ProcuraError): string {
  if (error.cause === undefined) return ''
  return ` (asked at ${issuer}${wasNeverSent(error) ? '; does `procura serve` run there?' : ''})`
}

/** No connection stood: the platform's own reason is two causes down. */
function wasNeverSent({ cause }: Error): boolean {
  const reason = cause instanceof Error ? cause.cause : undefined
  const code = reason instanceof Error && 'code' in reason ? reason.code : undefined
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND'
}

/**
 * The issuer that the configuration names, called with the key that it names.
 *
 * @param as Another key than that of the configuration.
 * @throws {CliError} When one of the two is missing, saying where to put it.
 */
export async function openIssuer(options: Options, { host }: Cli, as?: Signer): Promise<IssuerApi> {
  const { settings } = await readConfiguration(options, host)
  const issuer = requiredIssuer(settings)
  const signer = as ?? (await createLocalSigner(await keyOf(settings, host)))
  const { fetch, clock } = host
  return new IssuerApi(createIssuerClient({ issuer, signer, fetch, clock }))
}

export function requiredIssuer({ issuer }: Settings): string {
  if (issuer !== undefined) return issuer
  throw usageError('say which issuer: --issuer URL, PROCURA_ISSUER, or "issuer:" in procura.yaml')
}

/** @throws {CliError} When there is none, or it cannot be used. */
export async function keyOf({ key, keyFile }: Settings, host: Host): Promise<PrivateJwk> {
  if (key !== undefined) return parseKey(key, 'PROCURA_KEY')
  if (keyFile !== undefined) return readKeyFile(keyFile, host)
  throw usageError('say with which key to sign: --key FILE, PROCURA_KEY_FILE, or "keyFile:" in procura.yaml')
}

/** A member of an answer as text; empty when it is none. */
export function textOf(json: JsonObject, name: string): string {
  const value: Json | undefined = member(json, name)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function unusable(): CliError {
  return new CliError(
    'unusable_answer',
    'the issuer gave an answer of another form; compare its version with this one',
  )
}
