import { describe, expect, it } from 'vitest'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import { mailGrant, makePerson, readLink, World } from '../helpers/world.ts'
import { directoryOf, write, writeChain } from './files.ts'
import { run, scratch } from './run.ts'

describe('procura inspect', () => {
  it('draws who → whom, grant, validity, depth, lease, signature and status of each link', async () => {
    const world = await World.create()
    const place = directoryOf(world)
    writeChain(place.directory, await world.subAgentChain({ name: 'helper' }))

    const { code, lines } = await run(['inspect', 'chain.json', '--trust', 'anchor.json'], place)

    expect(code).toBe(0)
    expect(lines()).toEqual(
      expect.arrayContaining([
        `0  Owner  ${world.authority.did} → ${world.owner.did}`,
        `1  Agent  ${world.owner.did} → ${world.agent.did}`,
        `2  SubAgent "helper"  ${world.agent.did} → ${world.subAgent.did}`,
        '│    grants     mail.read, mail.send at https://mail.example/',
        '│    depth      2 links may follow',
        '│    lease      4 indexes of https://id.example/status/acme/r1',
        '     valid      2026-11-22 09:00:00 UTC to 2026-11-22 09:15:00 UTC (ends in 15 min)',
        '     signature  good',
        '     status     active, as of 0 s ago, index 10 of https://id.example/status/acme/r1',
        '3 links; they join, and none grants more than the one above it; the authority is trusted.',
      ]),
    )
  })

  it.each(['text', 'JSON'])('never shows a token, as %s', async (form) => {
    const world = await World.create()
    const place = directoryOf(world)
    const tokens = await world.subAgentChain()
    writeChain(place.directory, tokens)

    const words = ['inspect', 'chain.json', '--trust', 'anchor.json', ...(form === 'JSON' ? ['--json'] : [])]
    const { code, stdout } = await run(words, place)

    expect(code).toBe(0)
    const segments = tokens.flatMap((token) => token.split('.').slice(1))
    expect(segments.filter((segment) => stdout.includes(segment))).toEqual([])
  })

  it('reads a chain from standard input, a header value, and a single token', async () => {
    const world = await World.create()
    const tokens = await world.agentChain()
    const header = formatAgentDelegation(tokens)

    const piped = await run(['inspect', '-', '--json'], { stdin: header, clock: world.clock })
    const pasted = await run(['inspect', `Agent-Delegation: ${header}`, '--json'], { clock: world.clock })
    const single = await run(['inspect', tokens[1], '--json'], { clock: world.clock })

    expect(piped.json()).toMatchObject({ joined: true, faults: [] })
    expect(pasted.json()).toEqual(piped.json())
    expect(single.json()).toMatchObject({ links: [{ kind: 'Agent', signature: 'valid' }], faults: [] })
    expect(single.json()).not.toHaveProperty('joined')
  })

  it.each(['vc+sd-jwt', 'eddsa-jcs-2022'] as const)(
    'reads a single credential that is secured as %s',
    async (mechanism) => {
      const world = await World.create()
      const [, credential] = await world.mixedChain('vc+jwt', mechanism, 'vc+jwt')

      const single = await run(['inspect', '-', '--json'], { stdin: `${credential}\n`, clock: world.clock })

      expect(single.json()).toMatchObject({ links: [{ kind: 'Agent', signature: 'valid' }], faults: [] })
    },
  )

  it('refuses what is neither a chain nor a credential, and ends with 2', async () => {
    for (const stdin of ['{"id":"urn:uuid:x"}', 'hello', 'a~b~']) {
      expect(await run(['inspect', '-'], { stdin })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('standard input holds no chain: a chain file'),
      })
    }
  })

  it('reads the status of a part of a chain under the authority that it names', async () => {
    const world = await World.create()
    const place = directoryOf(world)
    const [, token] = await world.agentChain()
    const words = ['inspect', token, '--trust', 'anchor.json', '--json']

    expect((await run(words, place)).json()).toMatchObject({ links: [{ status: { state: 'active' } }] })

    world.site.set('suspension', 2)
    await world.site.publish()
    expect(await run(words, place)).toMatchObject({ code: 3 })
  })

  it('tells every fault of a chain and ends with 3', async () => {
    const world = await World.create()
    const place = directoryOf(world)
    const wider = { authorizationDetails: [mailGrant({ actions: ['mail.delete'] })] }
    writeChain(place.directory, await world.subAgentChain(wider))
    world.site.set('revocation', 2)
    await world.site.publish()

    const { code, json, stdout } = await run(
      ['inspect', 'chain.json', '--trust', 'anchor.json', '--json'],
      place,
    )

    expect(code).toBe(3)
    expect(json().faults).toEqual([
      { code: 'revoked', link: 1 },
      { code: 'capability_escalated', dimension: 'actions', link: 2 },
    ])
    expect(stdout).toContain('"state": "revoked"')
  })

  it.each(['a host', 'a mirror'])(
    'tells which link an emergency list names, by %s, and ends with 3',
    async (by) => {
      const world = await World.create('Ed25519', { statusIssuer: await makePerson() })
      const place = directoryOf(world)
      writeChain(place.directory, await world.subAgentChain())
      const inspect = ['inspect', 'chain.json', '--trust', 'anchor.json']
      const words = by === 'a host' ? inspect : [...inspect, '--status', 'mirror']
      const look = async (...more: string[]) => {
        await run(['status', 'pull', '--trust', 'anchor.json', '--out', 'mirror'], place)
        return run([...words, ...more], place)
      }

      const before = await look('--json')
      expect(before).toMatchObject({ code: 0 })
      expect(before.stdout).not.toContain('listed')

      world.now += 1000
      await world.site.declare(world.authority, {
        owners: [world.owner.did],
        keys: [world.subAgent.signer.keyId],
      })
      await world.site.publish()

      const { code, json } = await look('--json')
      expect(code).toBe(3)
      expect(json()).toMatchObject({
        links: [{ listed: true }, expect.not.objectContaining({ listed: true }), { listed: true }],
        faults: [0, 2].map((link) => ({ code: 'revoked', link, dimension: 'emergency' })),
      })
      expect((await look()).lines()).toContain('     listed     on the emergency list: counts no more')
    },
  )

  it('tells a signature that another key made', async () => {
    const world = await World.create()
    const owner = await world.sign(world.ownerCredential(), world.authority.signer)
    const [, ...forged] = await world.agentChain()
    const [header = '', payload = ''] = forged[0]?.split('.') ?? []
    const signature = owner.split('.')[2] ?? ''
    const place = directoryOf(world)
    writeChain(place.directory, [owner, `${header}.${payload}.${signature}`])

    const { code, lines } = await run(['inspect', 'chain.json'], place)

    expect(code).toBe(3)
    expect(lines()).toContain('     signature  signature_invalid')
  })

  it('tells an authority that the anchor file does not have', async () => {
    const world = await World.create()
    const stranger = await World.create()
    const place = directoryOf(stranger)
    writeChain(place.directory, await world.agentChain())

    const { code, json } = await run(['inspect', 'chain.json', '--trust', 'anchor.json', '--json'], place)

    expect(code).toBe(3)
    expect(json()).toMatchObject({ trusted: false })
  })

  it('tells when a chain has ended, or has not begun', async () => {
    const world = await World.create()
    const place = directoryOf(world)
    writeChain(place.directory, await world.agentChain())

    const later = await run(['inspect', 'chain.json'], { ...place, clock: () => world.now + 86_400_000 })
    const earlier = await run(['inspect', 'chain.json'], { ...place, clock: () => world.now - 7_200_000 })

    expect(later).toMatchObject({ code: 3, stdout: expect.stringContaining('(ended 1 h ago)') })
    expect(earlier).toMatchObject({ code: 3, stdout: expect.stringContaining('(not yet)') })
  })

  it('ends with 4, and says why, when the status cannot be had', async () => {
    const world = await World.create()
    const place = directoryOf(world)
    writeChain(place.directory, await world.agentChain())
    world.site.reachable = false

    const { code, stdout } = await run(['inspect', 'chain.json', '--trust', 'anchor.json'], place)

    expect(code).toBe(4)
    expect(stdout).toContain('status       unknown: status_unavailable, index 1')
    expect(stdout).toContain(
      `the status of ${world.authority.did} could not be read (status_unavailable, fetch)`,
    )
  })

  it('says that a link without status can end only by expiring', async () => {
    const world = await World.create()
    const above = await world.agentChain({ allowStatusless: true })
    const { status: _, ...last } = world.derivedCredential(await readLink(above[1]))
    const place = directoryOf(world)
    writeChain(place.directory, [...above, await world.sign(last, world.agent.signer)])

    const { code, lines } = await run(['inspect', 'chain.json', '--trust', 'anchor.json'], place)

    expect(code).toBe(0)
    expect(lines()).toContain('     status     none: it ends only by expiring')
  })

  it.each([
    ['a file that holds no chain', 'notes.txt', 'notes.txt holds no chain'],
    ['an empty chain', 'empty.json', 'empty.json holds no chain'],
  ])('refuses %s without repeating it, and ends with 2', async (_, name, message) => {
    const directory = scratch()
    write(directory, 'notes.txt', 'secret words')
    write(directory, 'empty.json', { chain: [] })

    const { code, stderr } = await run(['inspect', name], { directory })

    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('secret')
  })

  it('draws what it can of a chain with an unreadable link', async () => {
    const world = await World.create()
    const place = directoryOf(world)
    const [owner] = await world.agentChain()
    writeChain(place.directory, [owner, 'AAAA.BBBB.CCCC'])

    const { code, stdout } = await run(['inspect', 'chain.json'], place)

    expect(code).toBe(3)
    expect(stdout).toContain('1  unreadable')
    expect(stdout).toContain('Link 1 of the delegation chain does not have the exact form')
  })

  it('needs an anchor file to look at status', async () => {
    expect(await run(['inspect', 'x', '--status', 'mirror'])).toMatchObject({ code: 2 })
  })
})
