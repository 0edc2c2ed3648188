// Issue: set up an issuer, register a person and her agent, and let her delegate to it.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createAgent,
  createIssuerClient,
  createLocalSigner,
  generateKey,
  type IssuerAnswer,
  parsePrivateJwk,
} from 'procura/agent'
import { initialize, startService } from 'procura/server'
import { freePort } from './support/loopback.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'procura-example-'))
const origin = `http://127.0.0.1:${await freePort()}`

// `procura init` and `procura serve`, from a program
const { adminKeyFile, trust } = await initialize({ dataDir, tenant: 'acme', origin })
const service = await startService({ dataDir, logLevel: 'silent' })

// there are no API keys: the administrator's key signs each call
const adminKey = parsePrivateJwk(JSON.parse(await readFile(adminKeyFile, 'utf8')))
const admin = createIssuerClient({ issuer: origin, signer: await createLocalSigner(adminKey) })

// an owner holds entitlements, and a human answers for it
const mayDo = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read', 'mail.send'] }
const owner = await create('/v1/owners', {
  name: 'Support',
  accountable: 'Ada Lovelace',
  entitlements: [mayDo],
})

// an agent has an owner, and a key that the issuer never sees
const key = await generateKey('Ed25519')
const did = (await createLocalSigner(key)).keyId.split('#')[0]
const agent = await create('/v1/agents', { owner: owner.id, did, name: 'mailer', purpose: 'sorts mail' })

// it gets a part of what its owner may do
const authorizationDetails = [{ ...mayDo, actions: ['mail.read'] }]
const delegation = await create('/v1/delegations', { agent: agent.id, authorizationDetails })

// and never more
const wider = [{ ...mayDo, actions: ['mail.delete'] }]
const refusal = await create('/v1/delegations', { agent: agent.id, authorizationDetails: wider }).catch(
  ({ problem }) => problem,
)

const mailer = await createAgent({ key, chain: delegation.chain ?? [] })
console.log(`authority   ${trust.authority}`)
console.log(`delegation  ${delegation.id}, to ${mailer.did}`)
console.log(
  `chain       ${mailer.chain.length} credentials, until ${new Date(mailer.validUntil).toISOString()}`,
)
console.log(`mail.delete ${refusal.code}: ${refusal.dimension}`)

assert.equal(mailer.did, did)
assert.equal(mailer.chain.length, 2)
assert.equal(refusal.code, 'exceeds_entitlements')

await service.close()
await rm(dataDir, { recursive: true })

async function create(path: string, body: object): Promise<{ id: string; chain?: string[] }> {
  const { json }: IssuerAnswer = await admin.call({ method: 'POST', path, body })
  return json as { id: string; chain?: string[] }
}
