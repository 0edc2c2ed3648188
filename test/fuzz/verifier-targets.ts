import { encodeJcs } from '../../src/core/jcs.ts'
import { type JsonObject, parseStrictJson } from '../../src/core/json.ts'
import type { Did } from '../../src/model/did.ts'
import { parseSignatureInputs } from '../../src/securing/http-signature/structured-fields.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { verifyReceipt } from '../../src/verifier/verify-receipt.ts'
import { deterministicSigner } from '../helpers/deterministic-signer.ts'
import { makeProvider, receiptFor } from '../helpers/receipts.ts'
import { AUDIENCE, mailGrant, World } from '../helpers/world.ts'
import { payloadOf, signRaw } from '../threats/raw.ts'
import { havoc } from './havoc.ts'
import { check, checkRefusal, checkWork } from './invariants.ts'
import { mutateJson } from './mutate-json.ts'
import { corpusOf, mutant } from './parser-targets.ts'
import type { Chance } from './random.ts'
import {
  CHAINS,
  chainSpecimen,
  type Decision,
  documentSpecimen,
  type Parts,
  requestSpecimen,
  type Specimen,
  specimenChain,
  tokenSpecimen,
  uploadSpecimen,
} from './specimens.ts'
import type { Target } from './target.ts'

/** A verifier that remembers no proof, and whose fetches are held against what its policy allows. */
async function makeVerifier(world: World, options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    bearer: ['mail.read'],
    rdfc: true,
    clock: world.clock,
    replay: { use: () => 'fresh' },
    fetch: async (input, init) => {
      check(String(input).startsWith(`${world.site.base}/`), `it asks for ${String(input)}`)
      return world.site.fetch(input, init)
    },
    ...options,
  })
  await verifier.sync()
  return verifier
}

function outcomeOf(decision: Decision): string {
  if (decision.verified) return 'verified'
  check(typeof decision.refusal === 'object' && decision.refusal !== null, 'there is no refusal')
  return checkRefusal(decision.refusal)
}

/** What a part says, in one of the ways in which it may be said. */
function meaningOf(name: string, text: string): string {
  if (text.startsWith('{')) return documentMeaning(text)
  const field = name.split(':').at(-1)
  if (name.startsWith('link') && text.includes('~')) return `${text.split('~', 1)[0]}`
  if (field === 'signature-input') return inputMeaning(text)
  return field === 'signature' ? '' : text
}

/** Canonical, a single proof as a list of one, the entries of the status in one order. */
function documentMeaning(text: string): string {
  const json = parseStrictJson(text)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return text
  const { proof = null, credentialStatus, ...rest } = json as JsonObject
  const status = Array.isArray(credentialStatus)
    ? credentialStatus.map(textOf).sort()
    : (credentialStatus ?? null)
  return textOf({ ...rest, proof: Array.isArray(proof) ? proof : [proof], credentialStatus: status })
}

function textOf(value: unknown): string {
  return new TextDecoder().decode(encodeJcs(value))
}

/** Labels and other signatures are nobody's business. */
function inputMeaning(text: string): string {
  const ours = [...(parseSignatureInputs(text) ?? [])].filter(
    ([, { parameters }]) => parameters.get('tag') === '"agent-delegation"',
  )
  return ours.map(([, input]) => input.text).join()
}

const WAYS: readonly ((
  name: string,
  world: World,
  chain: readonly string[],
) => Promise<Specimen> | Specimen)[] = [
  requestSpecimen,
  tokenSpecimen,
  documentSpecimen,
  uploadSpecimen,
  chainSpecimen,
]

/** A verifier is made anew after so many cases, so that it is cold again. */
const COLD_EVERY = 500

/** Whole presentations of every mechanism and way, with changes in one or two of their parts. */
const VERIFY: Target = {
  name: 'verify',
  share: 8,
  prepare: async (seed) => {
    const world = await World.create('Ed25519', { seed })
    const names = Object.keys(CHAINS)
    const prepared: { specimen: Specimen; corpora: Readonly<Record<string, readonly string[]>> }[] = []
    for (const name of names) {
      const chain = await specimenChain(world, name)
      for (const way of WAYS) {
        const specimen = await way(name, world, chain)
        const corpora = Object.entries(specimen.parts).map(
          ([part, text]) => [part, corpusOf([text])] as const,
        )
        prepared.push({ specimen, corpora: Object.fromEntries(corpora) })
      }
    }
    const verifiers = new Keeper(() => makeVerifier(world))
    return async (chance, keep) => {
      const { specimen, corpora } = chance.pick(prepared)
      const parts = { ...specimen.parts, ...changes(chance, corpora) }
      keep(JSON.stringify({ specimen: specimen.name, parts }))
      const verifier = await verifiers.next()
      const size = Object.values(parts).reduce((sum, part) => sum + part.length, 0)
      const decision = await checkWork(size * 4, () => specimen.decide(verifier, parts))
      if (decision.verified) checkHarmless(specimen, parts)
      return outcomeOf(decision)
    }
  },
}

function changes(chance: Chance, corpora: Readonly<Record<string, readonly string[]>>): Parts {
  const names = Object.keys(corpora)
  const changed = chance.once(4) ? [chance.pick(names), chance.pick(names)] : [chance.pick(names)]
  return Object.fromEntries(changed.map((name) => [name, mutant(chance, corpora[name] ?? [''])]))
}

function checkHarmless({ parts }: Specimen, shown: Parts): void {
  for (const [name, text] of Object.entries(parts))
    check(
      meaningOf(name, shown[name] ?? '') === meaningOf(name, text),
      `${name} was changed, and it verifies`,
    )
}

/** Makes what wears out anew. */
class Keeper<T> {
  readonly #make: () => Promise<T>
  #held: T | undefined
  #uses = 0

  constructor(make: () => Promise<T>) {
    this.#make = make
  }

  async next(): Promise<T> {
    if (this.#uses++ % COLD_EVERY === 0 || this.#held === undefined) this.#held = await this.#make()
    return this.#held
  }
}

/** Links that say something else, really signed for by their issuers: what is accepted grants what was asked. */
const SIGNED: Target = {
  name: 'signed',
  share: 4,
  prepare: async (seed) => {
    const world = await World.create('Ed25519', { seed })
    const chain = await specimenChain(world, 'jwt')
    const signers = [world.authority.signer, world.owner.signer, world.agent.signer]
    const corpora = chain.map((link) => [...mutateJson(payloadOf(link))].map(({ text }) => text))
    const verifiers = new Keeper(() => makeVerifier(world))
    return async (chance, keep) => {
      const at = chance.below(chain.length)
      const text = chance.once(2)
        ? chance.pick(corpora[at] ?? [''])
        : havoc(chance, chance.pick(corpora[at] ?? ['']))
      keep(text)
      const signer = signers[at] ?? world.agent.signer
      const links = chain.with(at, await signRaw(text, signer))
      const specimen = chainSpecimen('signed', world, links)
      const verifier = await verifiers.next()
      const decision = await checkWork(text.length * 8, () => specimen.decide(verifier, specimen.parts))
      if (decision.verified)
        check(
          JSON.stringify(parseStrictJson(text) ?? null).includes('mail.read') || text.includes('inherit'),
          'nobody has granted it',
        )
      return outcomeOf(decision)
    }
  },
}

/** What the application hands on of a request, which typed code cannot always keep to its types. */
const ASK: Target = {
  name: 'ask',
  share: 2,
  prepare: async (seed) => {
    const world = await World.create('Ed25519', { seed })
    const verifier = await makeVerifier(world)
    const limits = [
      mailGrant({ identifiers: ['inbox/', 'a'] }),
      mailGrant({ constraints: [{ kind: 'one_of', on: ['a'], values: ['b', 1, true] }] }),
      mailGrant({ constraints: [{ kind: 'range', on: ['length'], max: 10n ** 19n }] }),
      mailGrant({ constraints: [{ kind: 'cidr', values: [{ family: 4, base: 0n, prefixLength: 0 }] }] }),
    ]
    const chains = await Promise.all(
      limits.map((grant) => world.agentChain({ authorizationDetails: [grant] })),
    )
    const tokens = await Promise.all(chains.map((chain) => world.token(chain)))
    const values = [
      undefined,
      null,
      0,
      -1,
      Number.NaN,
      true,
      '',
      'a',
      'x'.repeat(10_000),
      [],
      ['a'],
      {},
      { length: 1 },
      { __proto__: null },
      () => 'a',
      Symbol('a'),
      1n,
      new Map(),
    ]
    return async (chance, keep) => {
      const ask = {
        action: 'mail.read',
        identifier: chance.pick(values),
        arguments: chance.pick(values),
        clientAddress: chance.pick(values),
      }
      // Whatever stands there is a path: anything else is the error of the caller.
      const target = chance.once(2)
        ? '/'
        : `/${mutant(chance, ['inbox', 'inbox?a=b', '/', '..', '*', '/evil.example/'])}`
      keep(`${String(ask.identifier?.toString)} ${target}`)
      const decide = verifier.verifyToken as unknown as (...args: readonly unknown[]) => Promise<Decision>
      const token = chance.pick(tokens)
      return outcomeOf(await checkWork(65_536, () => decide(token, ask, { target })))
    }
  },
}

/** What the status host serves, with changes: nothing throws, nothing else is asked for, no bit is lost. */
const STATUS: Target = {
  name: 'status',
  share: 1,
  prepare: async (seed) => {
    const world = await World.create('Ed25519', { seed })
    world.site.set('revocation', 10)
    await world.site.publish()
    const documents = new Map(world.site.documents)
    const urls = [...documents.keys()]
    const corpora = new Map(
      [...documents].map(([url, text]) => [url, text.length > 4096 ? [text] : corpusOf([text])]),
    )
    const specimen = chainSpecimen('status', world, await specimenChain(world, 'jwt'))
    return async (chance, keep) => {
      const changed = new Map(
        [chance.pick(urls), chance.pick(urls)].map((url) => [url, mutant(chance, corpora.get(url) ?? [''])]),
      )
      keep(JSON.stringify([...changed]))
      for (const [url, text] of documents) world.site.documents.set(url, changed.get(url) ?? text)
      const verifier = await makeVerifier(world)
      const decision = await specimen.decide(verifier, specimen.parts)
      check(!decision.verified, 'the revocation is lost')
      return outcomeOf(decision)
    }
  },
}

/** Receipts: none that was changed is genuine. */
const RECEIPT: Target = {
  name: 'receipt',
  share: 2,
  prepare: async (seed) => {
    const world = await World.create('Ed25519', { seed })
    const signer = await deterministicSigner(`${seed} service provider`)
    const provider = await makeProvider(world, {}, { did: signer.keyId.split('#')[0] as Did, signer })
    const verdict = await provider.verifier.verify(await world.present(await world.agentChain()), {
      action: 'mail.read',
    })
    const receipt = await receiptFor(verdict, provider)
    const corpus = corpusOf([receipt])
    const claims = [...mutateJson(payloadOf(receipt))].map(({ text }) => text)
    return async (chance, keep) => {
      const isSigned = chance.once(3)
      const text = isSigned
        ? await signRaw(mutant(chance, claims), provider.person.signer, { typ: 'procura-receipt+jwt' })
        : mutant(chance, corpus)
      keep(text)
      const read = await checkWork(text.length * 8, () => verifyReceipt(text, { did: provider.person.did }))
      if (read.verified && !isSigned) check(text === receipt, 'a changed receipt is genuine')
      return read.verified ? 'verified' : checkRefusal(read.refusal)
    }
  },
}

export const VERIFIER_TARGETS: readonly Target[] = [VERIFY, SIGNED, ASK, STATUS, RECEIPT]
