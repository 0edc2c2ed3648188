// What verifying costs on this machine: node examples/measure/verify.ts. See docs/performance.md.
import assert from 'node:assert/strict'
import { createAgent, memoryStorage, type Run } from 'procura/agent'
import { createBits, encodeBitstring, STATUS_LIST_ENTRIES, writeBit } from 'procura/status'
import { createVerifier, type PresentedRequest, type Verifier } from 'procura/verifier'
import { startIssuer } from '../support/issuer.ts'
import { type CpuTime, cpuTimeOf } from './cpu-time.ts'

const CHAINS = 20
const VERIFIERS = 165
const WARM = 3300
const audience = 'https://pay.example/'
const amount = { kind: 'range', on: 'amount', max: '50.00', currency: 'EUR', currencyOn: 'currency' }
const payee = { kind: 'one_of', on: 'payee', values: ['acct-1', 'acct-2', 'acct-3'] }
const grant = {
  type: 'api',
  locations: [audience],
  actions: ['payment.initiate'],
  constraints: [amount, payee],
}
const ask = {
  action: 'payment.initiate',
  arguments: { amount: '49.90', currency: 'EUR', payee: 'acct-2' },
}

// owner → agent → run: three credentials, each with an index in two status lists
await using issuer = await startIssuer()
const runs: Run[] = []
let delegation = ''
while (runs.length < CHAINS) {
  const delegated = await issuer.delegate(audience, grant.actions, grant.constraints)
  const agent = await createAgent({ ...delegated, storage: memoryStorage(), fetch: catchRequest })
  runs.push(await agent.run({ task: 'measure', grant, lifetime: '10m', register: false }))
  delegation = delegated.delegation
}

// every request is signed for itself, and a verifier accepts it once
const caught: PresentedRequest[] = []
const [run = assert.fail('there is no run')] = runs.slice(-1)
for (const { fetch } of runs) await fetch(`${audience}payments`)
const first = caught.splice(0)
while (caught.length < WARM) await run.fetch(`${audience}payments`)

const documents = new Map<string, string>()
const verifiers: Verifier[] = []
while (verifiers.length < VERIFIERS) verifiers.push(await follow())
const pairs = verifiers.flatMap((verifier) => first.map((request) => [verifier, request] as const))
const cold = await cpuTimeOf(pairs, async (pair) => assert.equal(await decide(...pair), 'verified'))
const [verifier = assert.fail('there is no verifier')] = verifiers
const warm = await cpuTimeOf(caught, async (one) => assert.equal(await decide(verifier, one), 'verified'))

// what accepts everything is fast
await run.fetch(`${audience}payments`)
const [other = assert.fail('no request')] = caught.splice(-1)
assert.equal(await decide(verifier, { ...other, target: '/forged' }), 'holder_proof_invalid')
await issuer.post(`/v1/delegations/${delegation}/revoke`, { reason: 'measured' })
await issuer.stop() // publishes what is not yet published
await issuer.start()
documents.clear()
await verifier.sync()
assert.equal(await decide(verifier, other), 'revoked')

const bits = createBits()
const empty = (await encodeBitstring(bits)).length
for (let i = 0; i < STATUS_LIST_ENTRIES / 100; i++)
  writeBit(bits, Math.floor(Math.random() * STATUS_LIST_ENTRIES), true)
const full = (await encodeBitstring(bits)).length

const header = first.at(-1)?.header('agent-delegation')?.length

console.log(`verify, 3 credentials never seen:  ${shown(cold)}`)
console.log(`verify, 3 credentials seen before: ${shown(warm)}`)
console.log(`the chain of 3 as a header:        ${header} bytes`)
console.log(`${STATUS_LIST_ENTRIES} entries: ${empty} bytes with none set, ${full} bytes with 1 % set`)

function shown({ us, units }: CpuTime): string {
  return `${Math.round(us)} µs, ${units.toFixed(1)} raw Ed25519 verifications`
}

async function follow(): Promise<Verifier> {
  const freshness = { '*': 'sensitive' } as const
  const made = createVerifier({ audience, trust: [issuer.trust], freshness, fetch: fetchOnce })
  await made.sync()
  return made
}

/** Many verifiers that follow one issuer would measure the issuer. */
async function fetchOnce(url: string | URL | Request): Promise<Response> {
  const text = documents.get(String(url)) ?? (await (await fetch(url)).text())
  documents.set(String(url), text)
  return new Response(text)
}

async function decide(one: Verifier, request: PresentedRequest): Promise<string> {
  const verdict = await one.verify(request, ask)
  return verdict.verified ? 'verified' : verdict.refusal.code
}

async function catchRequest(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const { method, url, headers } = new Request(input, init)
  const fields = new Map(headers)
  caught.push({ method, target: new URL(url).pathname, header: (name) => fields.get(name) })
  return new Response()
}
