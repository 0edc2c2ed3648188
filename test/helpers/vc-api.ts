import { vi } from 'vitest'
import { createLogger } from '../../src/server/logger.ts'
import type { Form } from '../../src/server/vc-api/forms.ts'
import {
  type ServedInstances,
  type ServeInstancesOptions,
  serveInstances,
} from '../../src/server/vc-api/serve-instances.ts'

// Every test here waits for sockets, and for a processor that others use as well.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

/** An answer of an instance. `json` is an empty object where there is none. */
export interface InstanceAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any
  readonly headers: Headers
}

/** One instance, called as test suites call it: JSON over a socket. */
export interface InstanceClient {
  readonly did: string
  readonly origin: string
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<InstanceAnswer>
  get(path: string): Promise<InstanceAnswer>
  issue(credential: object, options?: object): Promise<InstanceAnswer>
  verify(verifiableCredential: unknown, options?: object): Promise<InstanceAnswer>
  verifyPresentation(verifiablePresentation: unknown, options?: object): Promise<InstanceAnswer>
}

export async function serveForTests(options: Partial<ServeInstancesOptions> = {}): Promise<ServedInstances> {
  return serveInstances({ port: 0, mode: 'compatibility', log: createLogger('silent'), ...options })
}

export async function instanceClient(origin: string, form: Form): Promise<InstanceClient> {
  const base = `${origin}/instances/${form}`
  const { json } = await call(`${origin}/instances`)
  const did: string = json.instances.find(({ name }: { name: string }) => name === form).id
  const post = (path: string, body: unknown, headers = {}) =>
    call(`${base}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  return {
    did,
    origin,
    post,
    get: (path) => call(`${base}/${path}`),
    issue: (credential, opts = {}) => post('credentials/issue', { credential, options: opts }),
    verify: (verifiableCredential, opts = { checks: ['proof'] }) =>
      post('credentials/verify', { verifiableCredential, options: opts }),
    verifyPresentation: (verifiablePresentation, opts = { checks: [] }) =>
      post('presentations/verify', { verifiablePresentation, options: opts }),
  }
}

async function call(url: string, init?: RequestInit): Promise<InstanceAnswer> {
  const response = await fetch(url, init)
  const text = await response.text()
  return { status: response.status, json: text === '' ? {} : JSON.parse(text), headers: response.headers }
}
