import { describe, expect, it } from 'vitest'
import { checkNode } from '../../src/cli/doctor/check-environment.ts'
import { generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { World } from '../helpers/world.ts'
import { write } from './files.ts'
import { type RunOptions, run, scratch } from './run.ts'

describe('checkNode', () => {
  it.each([
    ['18.20.0', 'failed'],
    ['20.18.9', 'failed'],
    ['20.19.0', 'warning'],
    ['22.12.9', 'warning'],
    ['22.13.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('finds Node %s to be %s', (version, state) => {
    expect(checkNode(version).state).toBe(state)
  })
})

/** A service as doctor sees it from afar. */
interface Service {
  readonly ready?: number
  readonly date?: string
  readonly noEntry?: boolean
}

async function withService(
  { ready = 200, date, noEntry = false }: Service = {},
  changes: (world: World) => void | Promise<void> = () => undefined,
): Promise<RunOptions & { readonly directory: string }> {
  const world = await World.create()
  await changes(world)
  const headers = { date: date ?? new Date(world.now).toUTCString() }
  const fetch: RunOptions['fetch'] = async (input, init) => {
    const url = String(input)
    if (url.endsWith('/readyz')) return new Response('{}', { status: ready, headers })
    if (!url.endsWith('/.well-known/procura')) return world.site.fetch(input, init)
    return noEntry ? new Response('', { status: 404 }) : new Response(JSON.stringify(world.trust))
  }
  return {
    directory: scratch(),
    clock: world.clock,
    fetch,
    environment: { PROCURA_ISSUER: 'https://id.example' },
  }
}

/** The service of a place, asked at whatever address. */
async function fetchOwn(place: RunOptions, ...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const url = String(input).replace('http://127.0.0.1:8787', 'https://id.example')
  return (await place.fetch?.(url, init)) ?? new Response('', { status: 404 })
}

async function findings(place: RunOptions): Promise<{ code: number; states: Record<string, unknown> }> {
  const { code, json } = await run(['doctor', '--json'], place)
  const found = json().findings as readonly { check: string; state: string }[]
  return { code, states: Object.fromEntries(found.map(({ check, state }) => [check, state])) }
}

describe('procura doctor', () => {
  it('finds nothing wrong with a service that is ready, has our time and publishes', async () => {
    expect(await findings(await withService())).toEqual({
      code: 0,
      states: { Node: 'ok', data: 'skipped', service: 'ok', clock: 'ok', status: 'ok', key: 'skipped' },
    })
  })

  it('ends with 1 and says the fix when the service does not answer', async () => {
    const place = { ...(await withService()), fetch: () => Promise.reject(new TypeError('refused')) }

    const { code, lines } = await run(['doctor'], place)

    expect(code).toBe(1)
    expect(lines()).toContain('failed   service        https://id.example/ does not answer')
    expect(lines()).toContain('         to mend: start it with `procura serve`, or mend the issuer URL')
  })

  it.each([
    ['is not ready', { ready: 503 }, 'service', 'failed'],
    ['has a clock 20 s ahead', { date: 'Sun, 22 Nov 2026 09:00:20 GMT' }, 'clock', 'warning'],
    ['has a clock a minute behind', { date: 'Sun, 22 Nov 2026 08:59:00 GMT' }, 'clock', 'failed'],
    ['says no time', { date: 'never' }, 'clock', 'skipped'],
    ['has no trust entry', { noEntry: true }, 'status', 'failed'],
  ])('finds a service that %s', async (_, service, check, state) => {
    const { code, states } = await findings(await withService(service))

    expect(states[check]).toBe(state)
    expect(code).toBe(state === 'failed' ? 1 : 0)
  })

  it('finds a head that nobody renews, and one that cannot be had', async () => {
    const late = await withService({ date: 'Sun, 22 Nov 2026 09:05:00 GMT' }, (world) => {
      world.now += 300_000
    })
    const gone = await withService({}, (world) => world.site.documents.clear())

    expect(await findings(late)).toMatchObject({ code: 1, states: { clock: 'ok', status: 'failed' } })
    expect(await findings(gone)).toMatchObject({ code: 1, states: { status: 'failed' } })
  })

  it('says that the service has another address, which its calls must be signed for', async () => {
    const place = await withService()
    const environment = { PROCURA_ISSUER: 'http://127.0.0.1:8787' }
    const fetch: RunOptions['fetch'] = (input, init) => fetchOwn(place, input, init)
    const { json, code } = await run(['doctor', '--json'], { ...place, environment, fetch })

    expect(code).toBe(0)
    expect(json().findings).toContainEqual({
      check: 'origin',
      state: 'warning',
      detail: 'http://127.0.0.1:8787 calls itself https://id.example',
      fix: expect.stringContaining('--issuer https://id.example'),
    })
    expect(await run(['doctor'], place).then(({ stdout }) => stdout)).not.toContain('calls itself')
  })

  it('tells a web server that shows an old copy from a service that does not publish', async () => {
    const MINUTES = 300_000
    const date = 'Sun, 22 Nov 2026 09:05:00 GMT'
    let held = new Map<string, string>()
    const place = await withService({ date }, async (world) => {
      held = new Map(world.site.documents)
      world.now += MINUTES
      await world.site.publish()
    })
    const stale: RunOptions['fetch'] = async (input, init) => {
      const old = held.get(String(input))
      return old === undefined ? await fetchOwn(place, input, init) : new Response(old)
    }
    const asked = async (issuer: string) =>
      await run(['doctor'], { ...place, fetch: stale, environment: { PROCURA_ISSUER: issuer } })

    expect((await asked('http://127.0.0.1:8787')).stdout).toMatch(
      /failed +status +https:\S+head shows number 1, http:\/\/127.0.0.1:8787 shows 2\n +to mend: .*old copy/,
    )
    expect((await asked('https://id.example')).stdout).toMatch(/failed +status .*\n +to mend: .*old copy/)
  })

  it.each([
    [503, 'unavailable', /not about the key/],
    [401, 'signature_invalid', /clock or origin/],
    [401, 'unknown_principal', /name the right key/],
  ])('says of a key that is answered %s %s what is to be mended', async (status, code, fix) => {
    const place = await withService()
    write(place.directory, 'key.json', JSON.stringify(await generateKey('Ed25519')))
    const fetch: RunOptions['fetch'] = async (input, init) =>
      String(input).endsWith('/v1/whoami')
        ? new Response(JSON.stringify({ code, status }), { status })
        : await fetchOwn(place, input, init)
    const environment = { ...place.environment, PROCURA_KEY_FILE: 'key.json' }
    const { stdout } = await run(['doctor'], { ...place, fetch, environment })

    expect(/failed +key .*\n +to mend: (.*)/.exec(stdout)?.[1]).toMatch(fix)
  })

  it('finds an issuer URL that nobody can call, and a trust entry that nobody reads', async () => {
    const place = await withService()
    const plain = { ...place, environment: { PROCURA_ISSUER: 'http://id.example' } }
    const odd: RunOptions = {
      ...place,
      fetch: async (input) => new Response('{}', { status: String(input).endsWith('readyz') ? 200 : 201 }),
    }

    expect(await findings(plain)).toMatchObject({ code: 1, states: { service: 'failed' } })
    expect(await findings(odd)).toMatchObject({ code: 1, states: { status: 'failed' } })
  })

  it('finds a variable with a slip in its name', async () => {
    const { stdout, code } = await run(['doctor'], {
      directory: scratch(),
      environment: { PROCURA_ISUER: 'https://id.example' },
    })

    expect(code).toBe(0)
    expect(stdout).toContain('warning  environment    PROCURA_ISUER is not known and has no effect')
  })

  it('finds settings that cannot be read, and says no more', async () => {
    const directory = scratch()
    write(directory, 'procura.yaml', 'isuer: x')

    const { code, stdout } = await run(['doctor'], { directory })

    expect(code).toBe(1)
    expect(stdout).toContain('failed   configuration  procura.yaml has an unknown setting "isuer"')
    expect(stdout).not.toContain('service')
  })

  it('misses a data directory only when one was named', async () => {
    expect(await findings({ directory: scratch() })).toMatchObject({ code: 0, states: { data: 'skipped' } })
    expect(
      await findings({ directory: scratch(), environment: { PROCURA_DATA_DIR: 'nowhere' } }),
    ).toMatchObject({ code: 1, states: { data: 'failed' } })
  })

  it('finds a key that cannot be used, without showing it', async () => {
    const place = await withService()
    write(place.directory, 'key.json', '{"d":"hidden"}')
    const environment = { ...place.environment, PROCURA_KEY_FILE: 'key.json' }

    const { code, stdout } = await run(['doctor'], { ...place, environment })

    expect(code).toBe(1)
    expect(stdout).toContain('failed   key')
    expect(stdout).not.toContain('hidden')
  })
})
