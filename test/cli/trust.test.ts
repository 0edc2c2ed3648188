import { describe, expect, it } from 'vitest'
import { World } from '../helpers/world.ts'
import { directoryOf, read, write } from './files.ts'
import { run } from './run.ts'

async function setUp() {
  const world = await World.create()
  const place = directoryOf(world)
  const asked: string[] = []
  const fetch = async (url: string | Request) => {
    asked.push(String(url))
    return new Response(JSON.stringify(world.trust))
  }
  return { world, asked, place: { ...place, fetch } }
}

describe('procura trust export', () => {
  it('writes an anchor file that verify reads', async () => {
    const { world, asked, place } = await setUp()

    const { code, stdout } = await run(
      ['trust', 'export', '--issuer', 'https://id.example', '--tenant', 'acme', '--out', 'new.json'],
      place,
    )

    expect(code).toBe(0)
    expect(asked).toEqual(['https://id.example/.well-known/procura?tenant=acme'])
    expect(read(place.directory, 'new.json')).toEqual(world.trust)
    expect(stdout).toContain(`compare the authority with its operator: ${world.authority.did}`)
  })

  it('prints it when the file is "-"', async () => {
    const { world, place } = await setUp()

    const { json } = await run(['trust', 'export', '--issuer', 'https://id.example', '--out', '-'], place)

    expect(json()).toEqual(world.trust)
  })

  it('refuses an entry that no verifier would read, and writes nothing', async () => {
    const { world, place } = await setUp()
    const fetch = async () => new Response(JSON.stringify({ ...world.trust, environment: 'dev' }))

    const outcome = await run(['trust', 'export', '--issuer', 'https://id.example', '--out', 'new.json'], {
      ...place,
      fetch,
    })

    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('trust[0] may only have') })
    expect(() => read(place.directory, 'new.json')).toThrow(/ENOENT/)
  })

  it('ends with 1 when there is no issuer, and 2 when none was named', async () => {
    const { place } = await setUp()
    const fetch = async () => new Response('', { status: 404 })

    expect(
      await run(['trust', 'export', '--issuer', 'https://id.example', '--out', '-'], { ...place, fetch }),
    ).toMatchObject({ code: 1, stderr: expect.stringContaining('check --issuer, --tenant and the network') })
    expect(await run(['trust', 'export', '--out', '-'], place)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('PROCURA_ISSUER'),
    })
  })
})

describe('procura trust show', () => {
  it('says whom a file trusts, with the thumbprints of the keys', async () => {
    const { world, place } = await setUp()

    const { code, lines } = await run(['trust', 'show', 'anchor.json'], place)

    expect(code).toBe(0)
    expect(lines()).toContain(`authority       ${world.authority.did}`)
    expect(lines()).toContain('tenants         any')
    expect(lines().find((line) => line.startsWith('authority keys'))).toMatch(/ {2}[\w-]{43}$/)
  })

  it('shows the limits of an entry', async () => {
    const { world, place } = await setUp()
    const software = [
      { name: 'mailer', below: '2.1.0' },
      { name: 'sorter', versions: ['1.0'] },
    ]
    const mayGrant = [
      { actions: ['mail.read'] },
      { actions: ['mail.send'], locations: ['https://mail.example/outbox/'], identifiers: ['acme/'] },
    ]
    const blocked = { owners: [world.owner.did], agents: ['agt_a'], software }
    write(place.directory, 'anchor.json', { ...world.trust, mayGrant, blocked })

    const { lines } = await run(['trust', 'show', 'anchor.json'], place)

    expect(lines()).toContain('may grant       mail.read; mail.send at https://mail.example/outbox/ on acme/')
    expect(lines()).toContain(`blocked         ${world.owner.did}, agt_a, mailer below 2.1.0, sorter 1.0`)
  })

  it('says that an entry without limits may grant anything, and one with an empty list nothing', async () => {
    const { world, place } = await setUp()
    expect((await run(['trust', 'show', 'anchor.json'], place)).lines()).toContain('may grant       anything')

    write(place.directory, 'anchor.json', { ...world.trust, mayGrant: [] })
    expect((await run(['trust', 'show', 'anchor.json'], place)).lines()).toContain('may grant       nothing')
  })

  it('shows every entry of a list, and does not resolve what lies on the web', async () => {
    const { world, place } = await setUp()
    const onWeb = { ...world.trust, authority: 'did:web:id.example', tenants: ['acme'] }
    write(place.directory, 'anchor.json', [world.trust, onWeb])

    const { json, lines } = await run(['trust', 'show', 'anchor.json', '--json'], place)

    expect(lines().length).toBeGreaterThan(1)
    expect(json()).toMatchObject({
      entries: [{ authorityKeys: [expect.any(String)] }, { authorityKeys: [] }],
    })
  })

  it.each([
    ['no JSON', 'nonsense', 'is not JSON'],
    ['a URL', '"https://id.example"', 'must be a trust entry'],
  ])('refuses %s', async (_, content, message) => {
    const { place } = await setUp()
    write(place.directory, 'anchor.json', content)

    expect(await run(['trust', 'show', 'anchor.json'], place)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    })
  })
})
