import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { Provider } from 'oidc-provider'
import { freePort } from './issuer-service.ts'

/** A real OpenID provider on loopback, whose key the test has, so that it can also make what the provider never would. */
export interface TestProvider {
  readonly issuer: string
  /** An access token of the provider itself, of the client `robot`, for this resource. */
  token(resource: string): Promise<string>
  /** Any token, signed with the key of the provider. */
  sign(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Stops listening, and drops its connections. */
  close(): Promise<void>
}

export async function startProvider(): Promise<TestProvider> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'one', use: 'sig', alg: 'ES256' }
  const provider = new Provider(issuer, configurationOf(jwk))
  const server = createServer(provider.callback())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    issuer,
    token: (resource) => clientToken(issuer, resource),
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'at+jwt', ...header })
        .sign(privateKey),
    close: () => stop(server),
  }
}

function configurationOf(jwk: object): object {
  return {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: 'robot',
        id_token_signed_response_alg: 'ES256',
        client_secret: 'only for tests',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'manage',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

async function clientToken(issuer: string, resource: string): Promise<string> {
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'robot',
      client_secret: 'only for tests',
      resource,
    }),
  })
  const body: { access_token?: string } = await answer.json()
  if (body.access_token === undefined) throw new Error(JSON.stringify(body))
  return body.access_token
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
