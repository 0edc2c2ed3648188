import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'
export const AUDIENCE = 'https://id.example/signals'

/** An identity provider on loopback that signs security events with a library of others, its key in its key set. */
export interface TestTransmitter {
  readonly issuer: string
  /** Paths that it was asked for. */
  readonly asked: readonly string[]
  /** A token with these claims beside the usual ones; `undefined` leaves a claim out. */
  sign(claims: object, options?: SignOptions): Promise<string>
  /** Signs with another key from now on, which is in the key set as well. */
  rotate(): Promise<void>
  /** What happened to the account `ada`, by its name in RISC. */
  account(name: string, claims?: object): Promise<string>
  /** Hands a token over to whoever polls at `${issuer}/poll` with the access token `token`, until it is answered for. */
  offer(jti: string, token: string): void
  /** What those who polled said, empty requests left out. */
  readonly answers: readonly object[]
  close(): Promise<void>
}

export interface SignOptions {
  readonly header?: object
  /** By a key that is not in the key set. */
  readonly withForeignKey?: boolean
}

let serial = 0

export async function startTransmitter(algorithm = 'RS256'): Promise<TestTransmitter> {
  const foreign = await generateKeyPair(algorithm)
  const keys: JWK[] = []
  let own = foreign
  let kid = ''
  const rotate = async () => {
    own = await generateKeyPair(algorithm)
    kid = keys.length === 0 ? 'one' : `rotated-${keys.length}`
    keys.push({ ...(await exportJWK(own.publicKey)), kid, alg: algorithm, use: 'sig' })
  }
  await rotate()
  const asked: string[] = []
  const answers: object[] = []
  const offered = new Map<string, string>()
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/idp/poll') return void poll(request, response, { offered, answers })
    const document = documentOf(request.url ?? '', issuerOf(server), keys)
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = issuerOf(server)
  const sign = (claims: object, { header = {}, withForeignKey = false }: SignOptions = {}) => {
    serial += 1
    const usual = { iss: issuer, aud: AUDIENCE, jti: `set-${serial}`, iat: Math.floor(Date.now() / 1000) }
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: algorithm, kid, typ: 'secevent+jwt', ...header })
      .sign(withForeignKey ? foreign.privateKey : own.privateKey)
  }
  return {
    issuer,
    asked,
    sign,
    rotate,
    answers,
    offer: (jti, token) => void offered.set(jti, token),
    account: (name, claims = {}) =>
      sign({
        sub_id: { format: 'iss_sub', iss: issuer, sub: 'ada' },
        events: { [RISC + name]: {} },
        ...claims,
      }),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

interface Offer {
  readonly offered: Map<string, string>
  readonly answers: object[]
}

/** RFC 8936: what was answered for is not handed over again. */
async function poll(
  request: IncomingMessage,
  response: ServerResponse,
  { offered, answers }: Offer,
): Promise<void> {
  let text = ''
  for await (const part of request) text += part
  const { ack = [], setErrs = {} } = JSON.parse(text)
  const isAnswer = ack.length > 0 || Object.keys(setErrs).length > 0
  if (isAnswer) answers.push({ ack, setErrs })
  const isKnown = request.headers.authorization === 'Bearer token'
  if (isKnown) for (const jti of [...ack, ...Object.keys(setErrs)]) offered.delete(jti)
  response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
  response.end(isKnown ? JSON.stringify({ sets: Object.fromEntries(offered) }) : '')
}

function issuerOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/idp`
}

function documentOf(path: string, issuer: string, keys: readonly JWK[]): object | undefined {
  if (path === '/.well-known/ssf-configuration/idp') return { issuer, jwks_uri: `${issuer}/keys` }
  return path === '/idp/keys' ? { keys } : undefined
}
