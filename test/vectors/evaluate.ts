import type { Fetch } from '../../src/core/clock.ts'
import type { Did } from '../../src/model/did.ts'
import type * as Status from '../../src/status/index.ts'
import type * as VerifierEntry from '../../src/verifier/index.ts'
import type {
  Outcome,
  VectorAnswer,
  VectorDocuments,
  VectorQuestion,
  VectorRequest,
  VectorStep,
} from './format.ts'
import { laidOver } from './format.ts'

/*
 * What Procura answers to a vector. Runs wherever the library runs, and uses nothing but what is published: the
 * entries `procura/verifier` and `procura/status` are parameters, so that sources, package and bundles can be asked.
 */

export interface Implementation {
  readonly verifier: Pick<typeof VerifierEntry, 'createVerifier' | 'ProcuraError'>
  readonly status: Pick<
    typeof Status,
    | 'acceptHead'
    | 'bitsDigest'
    | 'createDidResolver'
    | 'decodeBitstring'
    | 'openHead'
    | 'openLeafTable'
    | 'openStatusList'
    | 'readBit'
  >
}

type Verifier = VerifierEntry.Verifier
type Refusal = VerifierEntry.Refusal

/** Takes the steps of a vector in order, with a verifier of their own. */
export async function evaluate(api: Implementation, question: VectorQuestion): Promise<VectorAnswer> {
  const session = new Session(api, question)
  const outcomes: Outcome[] = []
  for (const step of question.steps) outcomes.push(await session.take(step))
  session.end()
  return { id: question.id, outcomes }
}

/** One verifier in a world that a vector describes. */
class Session {
  readonly #api: Implementation
  readonly #options: VectorQuestion['verifier']
  #now: number
  #documents: VectorDocuments
  #verifier: Verifier | undefined

  constructor(api: Implementation, { at, verifier, documents = {} }: VectorQuestion) {
    this.#api = api
    this.#options = verifier
    this.#now = Date.parse(at)
    this.#documents = documents
  }

  end(): void {
    this.#verifier?.close()
  }

  /** An option that cannot be is the error of the operator: `{ verified: false, code: 'configuration' }`. */
  async take(step: VectorStep): Promise<Outcome> {
    try {
      await this.#prepare(step)
      return await this.#answer(step)
    } catch (error) {
      if (
        error instanceof this.#api.verifier.ProcuraError &&
        error.code === 'ERR_PROCURA_INVALID_CONFIGURATION'
      )
        return { verified: false, code: 'configuration' }
      throw error
    }
  }

  async #prepare({ at, documents }: VectorStep): Promise<void> {
    if (at !== undefined) this.#now = Date.parse(at)
    if (documents !== undefined) this.#documents = laidOver(this.#documents, documents)
    if (this.#options === undefined) return
    if (this.#verifier !== undefined && documents === undefined) return
    this.#verifier ??= this.#api.verifier.createVerifier({
      ...(this.#options as unknown as VerifierEntry.VerifierOptions),
      clock: () => this.#now,
      fetch: this.#fetch,
    })
    await this.#verifier.sync()
  }

  readonly #fetch: Fetch = async (input) => {
    const document = this.#documents[String(input)]
    if (document === undefined) return new Response('', { status: 404 })
    if (typeof document === 'string')
      return new Response(document, { headers: { 'content-type': typeOf(document) } })
    const { status = 200, headers = {}, body = '' } = document
    return new Response(body, { status, headers })
  }

  async #answer(step: VectorStep): Promise<Outcome> {
    switch (step.do) {
      case 'verify':
        return verdictOf(await this.#required().verify(received(step.request), step.ask as VerifierEntry.Ask))
      case 'token': {
        const { token, ask, do: _, at: __, documents: ___, ...options } = step
        return verdictOf(
          await this.#required().verifyToken(token, ask as VerifierEntry.Ask, options as object),
        )
      }
      case 'presentation': {
        const { presentation, ask, do: _, at: __, documents: ___, ...options } = step
        return verdictOf(
          await this.#required().verifyPresentation(presentation, ask as VerifierEntry.Ask, options),
        )
      }
      case 'upload': {
        const kept = await this.#required().upload(received(step.request))
        return kept.verified ? { verified: true, expiresAt: timeOf(kept.expiresAt) } : refused(kept.refusal)
      }
      case 'sync':
        return stateOf(this.#required().status())
      case 'bundle': {
        const { bundle, did } = step
        const taken = await this.#required().importBundle(bundle, { did })
        return taken.verified ? stateOf(taken.authorities) : refused(taken.refusal)
      }
      case 'kept':
        return this.#goOnFrom(step.text)
      default:
        return answerStatus(this.#api.status, step, this.#now)
    }
  }

  /** A verifier that starts with what was kept, and reaches nobody. */
  async #goOnFrom(text: string): Promise<Outcome> {
    const alarms: VerifierEntry.VerifierAlarm[] = []
    this.#verifier?.close()
    this.#verifier = this.#api.verifier.createVerifier({
      ...(this.#options as unknown as VerifierEntry.VerifierOptions),
      clock: () => this.#now,
      fetch: this.#fetch,
      statusStore: { load: async () => new TextEncoder().encode(text), save: async () => undefined },
      onAlarm: (alarm) => alarms.push(alarm),
    })
    const [{ failure: _, ...state } = { authority: '', lists: 0 }] = await this.#verifier.sync()
    // Alarms are told in a turn of their own.
    await new Promise((resolve) => setTimeout(resolve))
    const refusal = alarms.find(({ kind }) => kind === 'kept_status_refused')
    return refusal?.kind === 'kept_status_refused' ? refused(refusal.failure) : stateOf([state])
  }

  #required(): Verifier {
    if (this.#verifier === undefined) throw new Error('a vector that verifies something has a verifier')
    return this.#verifier
  }
}

/** What a host that knows no better says of a file. */
function typeOf(body: string): string {
  return body.startsWith('{') ? 'application/json' : 'text/plain'
}

function received({ method, target, headers, body }: VectorRequest): VerifierEntry.PresentedRequest {
  return {
    method,
    target,
    header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
    ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
  }
}

function verdictOf(verdict: VerifierEntry.PresentationVerdict): Outcome {
  if (!verdict.verified) return refused(verdict.refusal)
  const { kind, presenter, owner, authority, tenant, agent, run, chain, status, recheckAt } = verdict
  return {
    verified: true,
    kind,
    presenter,
    owner,
    authority,
    tenant,
    ...(agent === undefined ? {} : { agent }),
    ...(run === undefined ? {} : { run }),
    links: chain.length,
    asOf: timeOf(status.asOf),
    recheckAt: timeOf(recheckAt),
  }
}

function refused({
  code,
  link,
  dimension,
  inherited,
  authenticated,
}: Refusal & { authenticated?: boolean }): Outcome {
  return {
    verified: false,
    code,
    ...(link === undefined ? {} : { link }),
    ...(dimension === undefined ? {} : { dimension }),
    ...(inherited === true ? { inherited } : {}),
    ...(authenticated === true ? { authenticated } : {}),
  }
}

/** What is held of the only authority, or why the last look at its head did not succeed. */
function stateOf([state]: readonly VerifierEntry.SyncState[]): Outcome {
  if (state === undefined) return { verified: true, lists: 0 }
  const { failure, lists, asOf } = state
  if (failure !== undefined) return { verified: false, ...failure }
  return { verified: true, lists, ...(asOf === undefined ? {} : { asOf: timeOf(asOf) }) }
}

type StatusStep = Extract<VectorStep, { do: 'bitstring' | 'list' | 'head' | 'leaf_table' | 'did' }>

async function answerStatus(api: Implementation['status'], step: StatusStep, now: number): Promise<Outcome> {
  const resolver = api.createDidResolver()
  const trust = (did: string) => ({ statusIssuer: did as Did, resolver, now })
  switch (step.do) {
    case 'bitstring': {
      const bits = await api.decodeBitstring(step.encodedList)
      if (!bits.verified) return refused(bits.refusal)
      return {
        verified: true,
        entries: bits.value.length * 8,
        digest: api.bitsDigest(bits.value),
        set: setIn(api, bits.value),
      }
    }
    case 'list': {
      const { token, url, purpose, statusIssuer } = step
      const list = await api.openStatusList(token, { url, purpose, ...trust(statusIssuer) })
      if (!list.verified) return refused(list.refusal)
      const { version, validUntil, bits } = list.value
      return {
        verified: true,
        version: timeOf(version),
        validUntil: timeOf(validUntil),
        set: setIn(api, bits),
      }
    }
    case 'head':
      return answerHead(api, step, trust(step.statusIssuer))
    case 'leaf_table': {
      const table = api.openLeafTable(step.table, step.root)
      return table.verified
        ? { verified: true, leaves: [...table.value.leaves.values()] }
        : refused(table.refusal)
    }
    case 'did': {
      const document = await resolver.resolve(step.did)
      if (!document.verified) return refused(document.refusal)
      const { id, verificationMethods, assertionMethod, authentication } = document.value
      const keys = verificationMethods.map(({ id, key, thumbprint }) => ({ id, type: key.type, thumbprint }))
      return { verified: true, id, keys, assertionMethod, authentication }
    }
  }
}

/** A head that is to follow another one is ruled on, a first one opened. */
async function answerHead(
  api: Implementation['status'],
  { token, held }: Extract<VectorStep, { do: 'head' }>,
  trust: Status.StatusTrust,
): Promise<Outcome> {
  const before = held === undefined ? undefined : await api.openHead(held, trust)
  if (before?.verified === false) return refused(before.refusal)
  const opened = await api.openHead(token, trust)
  if (!opened.verified) return refused(opened.refusal)
  const { verdict } = api.acceptHead(before?.value, opened.value)
  if (!verdict.verified) return refused(verdict.refusal)
  const { seq, digest, iatMs } = verdict.value
  return { verified: true, seq, digest, asOf: timeOf(iatMs) }
}

function setIn(api: Implementation['status'], bits: Uint8Array): number[] {
  return Array.from({ length: bits.length * 8 }, (_, index) => index).filter((index) =>
    api.readBit(bits, index),
  )
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
