import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { delegated, requireDelegation } from '../../src/adapters/express/index.ts'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import { AGENT_DELEGATION_PROFILE, PROCURA_API_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../src/securing/http-signature/sign.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { mailGrant, World } from '../helpers/world.ts'

let world: World
let server: Server
let port: number
let tokens: readonly string[]

const origin = 'https://mail.example'

beforeAll(async () => {
  world = await World.create()
  const options = { audience: `${origin}/`, trust: [world.trust], freshness: { '*': 'sensitive' as const } }
  const verifier = createVerifier({ ...options, fetch: world.site.fetch, clock: world.clock })
  await verifier.sync()
  const app = express()
  app.use(delegated(verifier))
  app.all('/{*any}', requireDelegation('mail.read'), (_, res) => {
    res.end('served')
  })
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  const locations = [{ origin, path: '/public/' }]
  tokens = await world.agentChain({ authorizationDetails: [mailGrant({ locations })] })
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

type Fields = Readonly<Record<string, string>>

/** Signs as the agent does for a target that `new URL` leaves as it is. */
async function sign(target: string, profile = AGENT_DELEGATION_PROFILE): Promise<Fields> {
  const headers = { 'agent-delegation': formatAgentDelegation(tokens) }
  const times = { now: world.now, random: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }
  const signer = world.agent.signer
  const signed = { profile, method: 'GET', targetUri: origin + target, headers, signer, ...times }
  return { ...headers, ...(await signRequest(signed)) }
}

/** Sends the lines as they are; the status, or `closed`. */
function exchange(target: string, fields: readonly (readonly [string, string])[]): Promise<string> {
  const lines = [['host', 'mail.example'], ['connection', 'close'], ...fields].map((line) => line.join(': '))
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    })
    let text = ''
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 'closed'))
  })
}

describe('a target under a granted path', () => {
  it.each(['/public/', '/public/a', '/public/a/b?c=d', '/public/%C3%BC'])('passes as %s', async (target) => {
    expect(await exchange(target, Object.entries(await sign(target)))).toBe('200')
  })

  it.each([
    '/private',
    '/publicity',
    '/PUBLIC/a',
    '/%70ublic/a',
    '/public',
    '/public//private',
    '/public/..%2fprivate',
    '/public/..%5cprivate',
    '/public/%252e%252e/private',
    '/public/..;/private',
    '/public/a;b=c',
    '//public/a',
  ])('does not cover %s, though it is signed as it is sent [DC-04]', async (target) => {
    expect(await exchange(target, Object.entries(await sign(target)))).toBe('403')
  })

  it.each([
    ['/public/../private', '/public/a'],
    ['/public/%2e%2e/private', '/public/a'],
    ['http://mail.example/private', '/public/a'],
    ['https://mail.example/public/a', '/public/a'],
    ['/public/a#/../private', '/public/a'],
    ['/public/b', '/public/a'],
  ])('is not %s when %s was signed [DC-04]', async (target, signed) => {
    expect(['400', '401', '403']).toContain(await exchange(target, Object.entries(await sign(signed))))
  })
})

describe('fields that come more than once', () => {
  it('are one list: a chain in two lines passes as it was signed', async () => {
    const fields = Object.entries(await sign('/public/a')).filter(([name]) => name !== 'agent-delegation')
    const lines = tokens.map((token) => ['agent-delegation', `"${token}"`] as const)

    expect(await exchange('/public/a', [...lines, ...fields])).toBe('200')
    expect(await exchange('/public/a', [...lines, ...lines, ...fields])).toBe('401')
  })

  it.each([
    ['signature', 'agent-delegation=:AAAA:'],
    ['signature', 'b=:AAAA:, b=:BBBB:'],
    ['signature-input', 'b=("@method");tag="agent-delegation"'],
    ['agent-delegation', '"a.b.c"'],
  ])('with a second line %s: %s it is refused', async (name, value) => {
    const fields = [...Object.entries(await sign('/public/a')), [name, value] as const]

    expect(await exchange('/public/a', fields)).toBe('401')
  })

  it('with the signature of someone else beside the own it passes', async () => {
    const others = [
      ['signature', 'b=:AAAA:'],
      ['signature-input', 'b=("@method");tag="other"'],
    ] as const

    expect(await exchange('/public/a', [...Object.entries(await sign('/public/a')), ...others])).toBe('200')
  })
})

describe('a signature made to call the issuer', () => {
  it('presents nothing to a service provider', async () => {
    expect(await exchange('/public/a', Object.entries(await sign('/public/a', PROCURA_API_PROFILE)))).toBe(
      '401',
    )
  })
})
