import { existsSync, readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import { requireOrSkip } from '../helpers/available.ts'
import { startServer } from '../helpers/recording-server.ts'
import { mailGrant, World } from '../helpers/world.ts'
import { differencesOf, questionOf, type VectorAnswer, type VectorQuestion } from '../vectors/format.ts'
import { readVectors } from '../vectors/read-vectors.ts'
import { type InstalledPackage, installPackage } from './installed-package.ts'
import {
  findRuntime,
  type Runtime,
  type RuntimeName,
  runProgram,
  startRuntime,
  startWorker,
} from './start-runtime.ts'

const CHROMIUM = '/usr/bin/chromium'
/** Time for all vectors, in milliseconds: some seconds, on a machine that does nothing else. */
const VECTORS_LIMIT_MS = 180_000
const files = readVectors()

let installed: InstalledPackage

beforeAll(() => {
  installed = installPackage()
})

afterAll(() => installed.remove())

/** Asks about every vector, a theme at a time. @returns How answers differ from what is expected. */
async function ask(answer: (questions: readonly VectorQuestion[]) => Promise<readonly VectorAnswer[]>) {
  const differences: string[] = []
  let asked = 0
  for (const file of files) {
    const answers = await answer(file.cases.map((vector) => questionOf(file, vector)))
    for (const [i, vector] of file.cases.entries()) {
      const one = answers[i]
      asked++
      differences.push(
        ...(one === undefined ? ['no answer'] : differencesOf(vector, one)).map((d) => `${vector.id}: ${d}`),
      )
    }
  }
  return { differences, asked }
}

const ALL = { differences: [], asked: files.reduce((sum, { cases }) => sum + cases.length, 0) }

/** People and status of right now, on a host of their own. */
async function liveWorld() {
  const host = await startServer(({ target }) => {
    const body = world.site.documents.get(`${host.origin}${target}`)
    // A page of another origin may read status: the service says so, too.
    const headers = { 'access-control-allow-origin': '*' }
    return body === undefined ? { status: 404, headers } : { headers, body }
  })
  const base = `${host.origin}/status/acme`
  const world: World = await World.create('Ed25519', { base, now: Date.now() })
  return world
}

/** Options of a verifier for this origin, and a chain with which its agent reads mail there. */
async function serviceAt(origin: string, world: World) {
  const grants = [mailGrant({ locations: [{ origin, path: '/' }] })]
  const owner = world.ownerCredential()
  const root = { ...owner, subject: { ...owner.subject, authorizationDetails: grants } }
  const chain = [
    await world.sign(root, world.authority.signer),
    await world.sign(world.agentCredential({ authorizationDetails: grants }), world.owner.signer),
  ]
  const options = { audience: `${origin}/`, trust: [world.trust], freshness: { '*': 'sensitive' } }
  return { options, chain }
}

const FIELDS = ['agent-delegation', 'signature-input', 'signature', 'content-digest', 'content-type']

/** What goes over the wire of a request that was signed. */
function headersOf({ header }: PresentedRequest): Record<string, string> {
  return Object.fromEntries(
    FIELDS.flatMap((name) => [[name, header(name)]]).filter(([, value]) => value !== undefined),
  )
}

describe.each<RuntimeName>(['bun', 'deno', 'workerd'])('the package on %s', (name) => {
  async function start(context: TestContext): Promise<Runtime> {
    const program = findRuntime(name)
    requireOrSkip(context, name, program !== undefined)
    const runtime = await startRuntime(name, program ?? '', installed)
    onTestFinished(runtime.stop)
    return runtime
  }

  it('passes the published vectors [S5]', { timeout: VECTORS_LIMIT_MS }, async (context) => {
    const { origin } = await start(context)
    const answer = async (questions: readonly VectorQuestion[]): Promise<VectorAnswer[]> => {
      const response = await fetch(`${origin}/-/vectors`, { method: 'POST', body: JSON.stringify(questions) })
      return (await response.json()) as VectorAnswer[]
    }

    expect(await ask(answer)).toEqual(ALL)
  })

  it('stands before a fetch-style handler, with status from a host and requests over sockets', async (context) => {
    const { origin } = await start(context)
    const world = await liveWorld()
    const { options, chain } = await serviceAt(origin, world)
    const made = await fetch(`${origin}/-/gate`, { method: 'PUT', body: JSON.stringify(options) })
    expect(await made.json()).toMatchObject([{ lists: 2 }])
    const body = '{"folder":"inbox"}'
    const present = async () =>
      world.present(chain, {
        origin,
        method: 'POST',
        target: '/inbox?all=1',
        body: new TextEncoder().encode(body),
      })
    const send = async (headers: Record<string, string>, sent = body) => {
      const response = await fetch(`${origin}/inbox?all=1`, { method: 'POST', headers, body: sent })
      return {
        status: response.status,
        ...((await response.json()) as { code?: string; agent?: string; body?: string }),
      }
    }
    const signed = headersOf(await present())
    const { signature: _, ...stripped } = headersOf(await present())

    expect(await send(signed)).toEqual({ status: 200, agent: 'agt_mailer', body })
    expect(await send(signed)).toMatchObject({ status: 401, code: 'replayed' })
    expect(await send(stripped)).toMatchObject({ status: 401, code: 'holder_proof_invalid' })
    expect(await send({})).toMatchObject({ status: 401, code: 'chain_required' })
    expect(await send(headersOf(await present()), '{"folder":"board"}')).toMatchObject({
      status: 401,
      code: 'holder_proof_invalid',
    })

    world.site.set('revocation', 2)
    world.now = Date.now()
    await world.site.publish()
    await fetch(`${origin}/-/sync`, { method: 'POST' })
    expect(await send(headersOf(await present()))).toMatchObject({ status: 401, code: 'revoked' })
  })
})

describe('the Worker of docs/adapters.md', () => {
  it('answers from its first request on, and looks at the status while requests come', async (context) => {
    const program = findRuntime('workerd')
    requireOrSkip(context, 'workerd', program !== undefined)
    const world = await liveWorld()
    const audience = 'https://mail.example/'
    const { chain } = await serviceAt(audience.slice(0, -1), world)
    const variables = { AUDIENCE: audience, TRUST: JSON.stringify(world.trust) }
    const worker = await startWorker(program ?? '', installed, 'worker', variables)
    onTestFinished(worker.stop)
    const read = async (tokens: readonly string[]) => {
      const headers = tokens.length === 0 ? {} : headersOf(await world.present(tokens))
      const response = await fetch(`${worker.origin}/inbox`, { headers })
      return (await response.json()) as object
    }

    expect(await read(chain)).toEqual({ agent: 'agt_mailer' })
    expect(await read([])).toMatchObject({ code: 'chain_required' })
    world.site.set('revocation', 2)
    world.now = Date.now()
    await world.site.publish()
    const revoked = async (): Promise<object> => {
      world.now = Date.now()
      return read(chain)
    }
    await expect.poll(revoked, { timeout: 20_000, interval: 500 }).toMatchObject({ code: 'revoked' })
  }, 40_000)
})

describe.each(['bun', 'deno'] as const)('fetching on %s', (name) => {
  it('connects to no private address, by name or number, that nobody named [DR-02]', async (context) => {
    const program = findRuntime(name)
    requireOrSkip(context, name, program !== undefined)
    const server = await startServer(() => ({ body: 'here' }))
    const printed = await runProgram(name, program ?? '', await installed.program('guard'), [
      new URL(server.origin).port,
    ])

    expect(printed.trim().split('\n')).toEqual([
      'false localhost the host has no public address',
      'false 127.0.0.1 the host has no public address',
      'true localhost 200',
      'true 127.0.0.1 200',
    ])
    expect(server.requests).toHaveLength(2)
  })
})

/** What `test/vectors/programs/page.ts` puts into the page. */
interface Page {
  readonly procura: {
    answerVectors(questions: readonly VectorQuestion[]): Promise<VectorAnswer[]>
    verify(options: object, request: object, ask: object): Promise<object>
    keepStatus(authority: string, status: readonly number[]): Promise<unknown>
  }
}

describe('the package in Chromium', () => {
  async function open(context: TestContext) {
    requireOrSkip(context, 'chromium', existsSync(CHROMIUM))
    const script = readFileSync(await installed.bundle('page', ['browser']), 'utf8')
    const server = await startServer(({ target }) =>
      target === '/page.js'
        ? { headers: { 'content-type': 'text/javascript' }, body: script }
        : {
            headers: { 'content-type': 'text/html' },
            body: '<!doctype html><script type="module" src="/page.js"></script>',
          },
    )
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    onTestFinished(() => browser.close())
    const page = await browser.newPage()
    await page.goto(server.origin)
    await page.waitForFunction(() => 'procura' in globalThis)
    return page
  }

  it('passes the published vectors [S5]', { timeout: VECTORS_LIMIT_MS }, async (context) => {
    const page = await open(context)
    const answer = (questions: readonly VectorQuestion[]) =>
      page.evaluate((all) => (globalThis as unknown as Page).procura.answerVectors(all), questions)

    expect(await ask(answer)).toEqual(ALL)
  })

  it('keeps status in its cache', async (context) => {
    const page = await open(context)
    const keep = () =>
      page.evaluate(() =>
        (globalThis as unknown as Page).procura.keepStatus('did:web:id.example', [1, 2, 255]),
      )

    expect(await keep()).toEqual([[1, 2, 255], undefined])
  })

  it('verifies with status from a host of another origin', async (context) => {
    const page = await open(context)
    const world = await liveWorld()
    const origin = 'https://mail.example'
    const { options, chain } = await serviceAt(origin, world)
    const verify = async () => {
      const request = {
        method: 'GET',
        target: '/inbox',
        headers: headersOf(await world.present(chain, { origin })),
      }
      const all = { options, request, ask: { action: 'mail.read' } }
      return page.evaluate(
        ({ options, request, ask }) => (globalThis as unknown as Page).procura.verify(options, request, ask),
        all,
      )
    }

    expect(await verify()).toMatchObject({ verified: true, agent: 'agt_mailer' })
    world.site.set('revocation', 2)
    world.now = Date.now()
    await world.site.publish()
    expect(await verify()).toMatchObject({ verified: false, refusal: { code: 'revoked', link: 1 } })
  })
})
