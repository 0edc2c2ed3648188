import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readEnvironment } from '../../src/holder/agent-environment.ts'
import { memoryStorage } from '../../src/holder/agent-storage.ts'
import { formatChainFile } from '../../src/holder/chain-file.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import { AGENT_KEY, agentSigner, didOf, freshDid, issueChain, NOW, READ_MAIL } from './fixtures.ts'

const KEY = JSON.stringify(AGENT_KEY)
const CHAIN = formatChainFile(await issueChain())

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'procura-environment-'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(directory, { recursive: true, force: true })
})

function misconfigured(message: RegExp) {
  return { code: 'ERR_PROCURA_INVALID_CONFIGURATION', message: expect.stringMatching(message) }
}

describe('createAgent.fromEnv', () => {
  it('reads key, chain and issuer from the environment of the process', async () => {
    vi.stubEnv('PROCURA_AGENT_KEY', KEY)
    vi.stubEnv('PROCURA_CREDENTIAL', CHAIN)
    vi.stubEnv('PROCURA_ISSUER', 'https://id.example')

    expect((await createAgent.fromEnv()).did).toBe(didOf(agentSigner))
  })

  it('reads key and chain from files', async () => {
    const environment = {
      PROCURA_AGENT_KEY_FILE: join(directory, 'agent.jwk'),
      PROCURA_CREDENTIAL_FILE: join(directory, 'chain.json'),
    }
    await writeFile(environment.PROCURA_AGENT_KEY_FILE, `${KEY}\n`)
    await writeFile(environment.PROCURA_CREDENTIAL_FILE, CHAIN)

    expect((await createAgent.fromEnv({ environment })).did).toBe(didOf(agentSigner))
  })

  it('remembers in the state directory: chain and given-away indexes', async () => {
    const state = { PROCURA_AGENT_KEY: KEY, PROCURA_STATE: join(directory, 'state') }
    const delegation = { to: await freshDid(), grant: READ_MAIL, lifetime: '10m' } as const
    const options = { clock: () => NOW }
    const first = await createAgent.fromEnv({
      environment: { ...state, PROCURA_CREDENTIAL: CHAIN },
      ...options,
    })
    const again = await createAgent.fromEnv({ environment: state, ...options })

    expect((await first.delegate(delegation)).status?.index).toBe(201)
    expect((await again.delegate(delegation)).status?.index).toBe(202)
  })

  it('lets an option win over the environment', async () => {
    const environment = { PROCURA_AGENT_KEY: KEY, PROCURA_CREDENTIAL: CHAIN, PROCURA_ISSUER: 'not a URL' }
    const storage = memoryStorage()

    await createAgent.fromEnv({ environment, issuer: 'https://id.example', storage })

    expect(await storage.loadChain()).toBeDefined()
  })

  it('warns once of a chain that nobody renews, and not where an issuer is named', async () => {
    vi.resetModules()
    const fresh = await import('../../src/holder/create-agent-from-environment.ts')
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const environment = { PROCURA_AGENT_KEY: KEY, PROCURA_CREDENTIAL: CHAIN }

    await fresh.createAgent.fromEnv({ environment: { ...environment, PROCURA_ISSUER: 'https://id.example' } })
    const named = warn.mock.calls.length
    await fresh.createAgent.fromEnv({ environment })
    await fresh.createAgent.fromEnv({ environment })
    const told = warn.mock.calls.map(([text]) => text)
    warn.mockRestore()

    expect(named).toBe(0)
    expect(told).toEqual([expect.stringContaining('PROCURA_ISSUER')])
  })

  it('refuses an issuer that is no URL', async () => {
    const environment = { PROCURA_AGENT_KEY: KEY, PROCURA_CREDENTIAL: CHAIN, PROCURA_ISSUER: 'not a URL' }

    await expect(createAgent.fromEnv({ environment })).rejects.toMatchObject(misconfigured(/^issuer must be/))
  })
})

describe('readEnvironment', () => {
  it.each([
    ['no key', { PROCURA_CREDENTIAL: CHAIN }, /^PROCURA_AGENT_KEY is not set; .*PROCURA_AGENT_KEY_FILE/],
    ['an empty key', { PROCURA_AGENT_KEY: ' ', PROCURA_CREDENTIAL: CHAIN }, /^PROCURA_AGENT_KEY is not set/],
    ['no chain', { PROCURA_AGENT_KEY: KEY }, /^PROCURA_CREDENTIAL is not set/],
    [
      'a key that is none',
      { PROCURA_AGENT_KEY: 'x', PROCURA_CREDENTIAL: CHAIN },
      /^PROCURA_AGENT_KEY must be/,
    ],
    [
      'a chain that is none',
      { PROCURA_AGENT_KEY: KEY, PROCURA_CREDENTIAL: 'x' },
      /^PROCURA_CREDENTIAL must be/,
    ],
    [
      'a key and a key file',
      { PROCURA_AGENT_KEY: KEY, PROCURA_AGENT_KEY_FILE: 'x' },
      /PROCURA_AGENT_KEY and PROCURA_AGENT_KEY_FILE are both set/,
    ],
    [
      'a file that is not there',
      { PROCURA_AGENT_KEY_FILE: '/nowhere/agent.jwk' },
      /^the file that PROCURA_AGENT_KEY_FILE names does not exist: "\/nowhere\/agent.jwk"; give the path/,
    ],
    [
      'a file that cannot be read',
      { PROCURA_AGENT_KEY_FILE: '/' },
      /^the file that PROCURA_AGENT_KEY_FILE names cannot be read/,
    ],
  ])('refuses %s, and names the variable', async (_, environment, message) => {
    await expect(readEnvironment(environment)).rejects.toMatchObject(misconfigured(message))
  })

  it.each([
    ['a key', KEY],
    ['a token', `eyJ${'x'.repeat(300)}`],
  ])('shows %s in no message when it stands where a path belongs', async (_, secret) => {
    const reading = readEnvironment({ PROCURA_AGENT_KEY_FILE: secret })

    const error = await reading.catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ message: expect.stringContaining('belongs into PROCURA_AGENT_KEY') })
    expect(inspect(error)).not.toContain(secret.slice(0, 20))
  })

  it('names the variable of a file whose content is at fault', async () => {
    const file = join(directory, 'chain.json')
    await writeFile(file, 'x')

    await expect(
      readEnvironment({ PROCURA_AGENT_KEY: KEY, PROCURA_CREDENTIAL_FILE: file }),
    ).rejects.toMatchObject(misconfigured(/^PROCURA_CREDENTIAL_FILE must be/))
  })

  it('never repeats a key', async () => {
    const broken = KEY.replace('"d"', '"e"')

    await expect(
      readEnvironment({ PROCURA_AGENT_KEY: broken, PROCURA_CREDENTIAL: CHAIN }),
    ).rejects.toMatchObject({ message: expect.not.stringContaining(AGENT_KEY.d) })
  })
})
