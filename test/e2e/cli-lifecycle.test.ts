import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { createAgent, memoryStorage } from '../../src/holder/index.ts'
import { type Outcome, run } from '../cli/run.ts'
import { startTestService, type TestService } from '../helpers/issuer-service.ts'

const GRANT = ['--action', 'mail.read', '--location', 'https://mail.example/']

let service: TestService
let directory: string

beforeAll(async () => {
  service = await startTestService()
  directory = mkdtempSync(join(tmpdir(), 'procura-cli-'))
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(directory, 'procura.yaml'), settings)
})

afterAll(async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})

function procura(...words: string[]): Promise<Outcome> {
  return run(words, { directory, fetch: (input, init) => fetch(input, init) })
}

async function json(...words: string[]): Promise<JsonObject> {
  const outcome = await procura(...words, '--json')
  if (outcome.code !== 0) throw new Error(outcome.stderr)
  return outcome.json()
}

let keys = 0

/** An owner, an agent with its key in a file, and a grant whose chain is in another. */
async function world() {
  keys += 1
  const [key, chain] = [`agent-${keys}.json`, `chain-${keys}.json`]
  const name = ['--name', 'Support', '--accountable', 'Ada Lovelace']
  const owner = String((await json('owner', 'create', ...name, ...GRANT, '--action', 'mail.send')).id)
  const purpose = ['--name', 'triage', '--purpose', 'sorts mail']
  const agent = String((await json('agent', 'create', '--owner', owner, ...purpose, '--generate', key)).id)
  const grant = String((await json('grant', 'create', '--agent', agent, ...GRANT, '--out', chain)).id)
  return { owner, agent, grant, key, chain }
}

function read(file: string) {
  return JSON.parse(readFileSync(join(directory, file), 'utf8'))
}

describe('procura agent rotate', () => {
  it('makes a key with which the agent starts from its old chain [I15]', async () => {
    const { agent, chain } = await world()

    const rotated = await procura('agent', 'rotate', agent, '--generate', `next-${agent}.json`)

    expect(rotated.code).toBe(0)
    expect(rotated.lines().join('\n')).toMatch(/The private key is in \S+next-/)
    expect(rotated.lines()).toContain('What the old key holds can be presented for 24 hours.')
    const started = await createAgent({
      key: read(`next-${agent}.json`),
      chain: read(chain).chain,
      issuer: service.url,
      storage: memoryStorage(),
    })
    expect(started.did).toBe((await json('agent', 'show', agent)).did)
  })

  it('revokes at once with --grace 0, and says so', async () => {
    const { agent, grant } = await world()

    const rotated = await procura('agent', 'rotate', agent, '--generate', `now-${agent}.json`, '--grace', '0')

    expect(rotated.lines()).toContain('What the old key held is revoked.')
    expect(await json('grant', 'show', grant)).toMatchObject({ state: 'revoked' })
  })

  it('keeps no key that the issuer refused, and says what a grace may be', async () => {
    const file = 'refused.json'

    expect((await procura('agent', 'rotate', 'agt_none', '--generate', file)).code).toBe(1)
    expect(existsSync(join(directory, file))).toBe(false)
    const { agent } = await world()
    expect((await procura('agent', 'rotate', agent, '--generate', file, '--grace', 'long')).code).toBe(2)
    expect((await procura('agent', 'rotate', agent)).code).toBe(2)
  })
})

describe('procura owner', () => {
  it('rotates the key in custody', async () => {
    const { owner } = await world()
    const { did } = await json('owner', 'show', owner)

    const rotated = await procura('owner', 'rotate', owner, '--grace', '1h')

    expect(rotated.lines()).toContain('What the old key holds can be presented for 3600 seconds.')
    expect((await json('owner', 'show', owner)).did).not.toBe(did)
  })

  it('updates what is given and nothing else, entitlements as a whole', async () => {
    const { owner } = await world()

    const updated = await json('owner', 'update', owner, '--team', 'post', ...GRANT)

    expect(updated).toMatchObject({
      name: 'Support',
      team: 'post',
      entitlements: [{ actions: ['mail.read'], locations: ['https://mail.example/'], type: 'api' }],
    })
    const nothing = await procura('owner', 'update', owner)
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('say what changes') })
  })
})

describe('procura grant narrow', () => {
  it('gives the grant another id, and ends the one before', async () => {
    const { grant } = await world()

    const narrowed = await json('grant', 'narrow', grant, '--max-depth', '0', '--lifetime', '1h')

    expect(narrowed).toMatchObject({ predecessor: grant, maxDepth: 0, lifetimeSeconds: 3600 })
    expect(await json('grant', 'show', grant)).toMatchObject({ state: 'revoked' })
  })

  it('says what to do instead when it would become wider, and when nothing is said', async () => {
    const { grant } = await world()

    const wider = await procura('grant', 'narrow', grant, ...GRANT, '--action', 'mail.send')
    expect(wider).toMatchObject({ code: 3, stderr: expect.stringContaining('procura grant create') })
    expect(await procura('grant', 'narrow', grant)).toMatchObject({ code: 2 })
    expect(await json('grant', 'show', grant)).toMatchObject({ state: 'active' })
  })
})

describe('procura agent retire', () => {
  const why = ['--reason', 'the project is over', '--trigger', 'project_end']

  it('ends the agent, and shows what a verifier said of what it held [D1] [D3]', async () => {
    const { agent, grant } = await world()

    const retired = await procura('agent', 'retire', agent, ...why, '--ticket', 'CHG-4711', '--yes')

    expect(retired.code).toBe(0)
    expect(retired.stdout).toMatch(/is retired and verified \(project_end, /)
    expect(retired.stdout).toContain(`${grant}  a verifier says: revoked`)
    expect(await json('agent', 'show', agent)).toMatchObject({ state: 'revoked' })
    const shown = await procura('agent', 'evidence', agent)
    expect(shown.lines()).toEqual(expect.arrayContaining([...retired.lines()]))
    expect(shown.lines()).toContain('Not signed off yet.')
    expect((await procura('agent', 'sign-off', agent)).stdout).toContain('is signed off: entry ')
    expect((await procura('agent', 'evidence', agent)).stdout).toMatch(
      /Signed off: entry \d+ of the audit trail/,
    )
  })

  it('asks first, wants a trigger that is known, and has no evidence of others', async () => {
    const { agent } = await world()

    expect(await procura('agent', 'retire', agent, ...why)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ends 1 delegation and 0 runs'),
    })
    expect(await procura('agent', 'retire', agent, '--reason', 'r', '--trigger', 'whim')).toMatchObject({
      code: 2,
    })
    expect(await procura('agent', 'evidence', agent)).toMatchObject({ code: 1 })
    expect(await json('agent', 'show', agent)).toMatchObject({ state: 'active' })
  })
})
