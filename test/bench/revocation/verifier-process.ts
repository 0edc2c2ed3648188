// Services of other hosts, as verifiers in a process of its own: node verifier-process.ts SETTINGS. The parent tells of delegations to watch,
// and is told when each verifier accepts them and when each has refused them. The process asks one of its verifiers each millisecond.
import { setTimeout as pause } from 'node:timers/promises'
import { createVerifier, type Verifier } from '../../../dist/verifier/index.js'
import { formatAgentDelegation } from '../../../src/securing/http-signature/agent-delegation.ts'
import { createLocalSigner } from '../../../src/securing/vc-jose/local-signer.ts'
import { expectAnswer, forge, type Presented } from '../issue/proof.ts'
import { ASK, AUDIENCE } from '../verify/world.ts'
import type { FromVerifiers, ToVerifiers, VerifierSettings } from './fleet.ts'

/** Between two looks, in milliseconds. */
const ASK_MS = 1

/** A delegation that some verifiers still accept. */
interface Watched {
  readonly id: string
  readonly presented: Presented
  readonly refusedAt: Map<Verifier, bigint>
}

const settings = JSON.parse(process.argv[2] ?? '') as VerifierSettings
const verifiers = settings.addresses.map(makeVerifier)
const watched = new Map<string, Watched>()
process.on('message', (message: ToVerifiers) => void watch(message))
process.once('disconnect', () => process.exit())
await Promise.all(verifiers.map(ready))
tell({ kind: 'ready' })
for (let turn = 0; ; turn = (turn + 1) % verifiers.length) {
  await pause(ASK_MS)
  const verifier = verifiers[turn]
  if (verifier !== undefined) for (const one of watched.values()) await askAgain(verifier, one)
}

/** Behind a proxy, each of many has an address of its own; else it is as it comes. */
function makeVerifier(address: string): Verifier {
  const { trust, push } = settings
  const options = { audience: AUDIENCE, trust: [trust], freshness: { '*': 'sensitive' }, push } as const
  if (address === '') return createVerifier(options)
  const headers = { 'x-forwarded-for': address }
  return createVerifier({ ...options, fetch: (url, init) => fetch(url as string, { ...init, headers }) })
}

async function ready(verifier: Verifier): Promise<void> {
  await verifier.start()
  while (settings.push && verifier.status()[0]?.isPushed !== true) await pause(10)
}

/** Waits until a new delegation is known, which every verifier then accepts; with another signature it is refused. */
async function watch({ id, texts, key }: ToVerifiers): Promise<void> {
  const signer = await createLocalSigner(key)
  const presented = { texts, person: { did: signer.keyId.split('#')[0] as never, signer } }
  const [root = '', link = ''] = texts
  for (const verifier of verifiers) {
    await expectAnswer(verifier, presented, 'verified')
    await expectAnswer(verifier, { ...presented, texts: [root, forge(link)] }, 'signature_invalid')
  }
  watched.set(id, { id, presented, refusedAt: new Map() })
  tell({ kind: 'watching', id })
}

/** What is known to be revoked is refused before any signature is looked at, so that a request without one shows when that was. */
async function askAgain(verifier: Verifier, { id, presented, refusedAt }: Watched): Promise<void> {
  if (refusedAt.has(verifier)) return
  const field = formatAgentDelegation(presented.texts)
  const header = (name: string) => (name === 'agent-delegation' ? field : undefined)
  const verdict = await verifier.verify({ method: 'POST', target: '/payments', header }, ASK)
  const at = process.hrtime.bigint()
  if (verdict.verified || verdict.refusal.code !== 'revoked') return
  await expectAnswer(verifier, presented, 'revoked')
  refusedAt.set(verifier, at)
  if (refusedAt.size < verifiers.length) return
  watched.delete(id)
  tell({ kind: 'refused', id, at: [...refusedAt.values()].map(String) })
}

function tell(message: FromVerifiers): void {
  process.send?.(message)
}
