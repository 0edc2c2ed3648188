import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createIssuerClient,
  createLocalSigner,
  type IssuerClient,
  parsePrivateJwk,
} from '../../holder/index.ts'
import { initialize } from '../../server/index.ts'
import { Child } from './child.ts'
import { DemoIssuer } from './issuer.ts'

/** Everything that the demo runs on: three processes and a temporary directory. */
export interface Scene {
  readonly issuer: DemoIssuer
  readonly service: Child
  readonly agents: Child
  /** Calls the issuer's API as its administrator. */
  readonly admin: IssuerClient
  /** Of the protected service. */
  readonly origin: string
  close(): Promise<void>
}

/** Sets the scene: an issuer on SQLite, a mail service that trusts it, and a process for the agents. */
export async function setScene(): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), 'procura-demo-'))
  const issuerOrigin = `http://127.0.0.1:${await freePort()}`
  const dataDir = join(directory, 'issuer')
  const { trust, adminKeyFile } = await initialize({ dataDir, tenant: 'acme', origin: issuerOrigin })
  const issuer = new DemoIssuer(dataDir, issuerOrigin)
  const service = new Child('service-process', [])
  const agents = new Child('agent-process', [join(directory, 'agents')])
  const close = async (): Promise<void> => {
    await Promise.all([issuer.stop(), service.stop(), agents.stop()])
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await issuer.start()
    const { origin } = await service.call<{ origin: string }>('start', { trust })
    const signer = await createLocalSigner(parsePrivateJwk(JSON.parse(readFileSync(adminKeyFile, 'utf8'))))
    const admin = createIssuerClient({ issuer: issuerOrigin, signer })
    return { issuer, service, agents, admin, origin, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A port that nobody uses: the issuer's own address stands in what it signs, so it is chosen first. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : undefined
      probe.close(() => (port === undefined ? reject(noPort()) : resolve(port)))
    })
  })
}

function noPort(): Error {
  return new Error('no free port on 127.0.0.1')
}
