import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokensOf } from '../../src/holder/chain-file.ts'
import { type Outcome, type RunOptions, run } from '../cli/run.ts'
import { addOwner, startTestService, type TestService } from '../helpers/issuer-service.ts'

let service: TestService
let admins: string
let agents: string
let owner: string

beforeAll(async () => {
  service = await startTestService()
  admins = mkdtempSync(join(tmpdir(), 'procura-cli-'))
  agents = mkdtempSync(join(tmpdir(), 'procura-cli-'))
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(admins, 'procura.yaml'), settings)
  owner = (await addOwner(service.admin)).id
})

afterAll(async () => {
  await service.close()
  for (const directory of [admins, agents]) rmSync(directory, { recursive: true, force: true })
})

function procura(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(words, { directory: admins, fetch: (input, init) => fetch(input, init), ...options })
}

function invite(...more: string[]): Promise<Outcome> {
  return procura([
    'agent',
    'invite',
    '--owner',
    owner,
    '--name',
    'triage',
    '--purpose',
    'sorts mail',
    ...more,
  ])
}

function enrol(ticket: string, ...more: string[]): Promise<Outcome> {
  const words = ['agent', 'enrol', '--issuer', service.url, '--ticket', '-', ...more]
  return procura(words, { directory: agents, stdin: `${ticket}\n` })
}

const GRANT = ['--action', 'mail.read', '--location', 'https://mail.example/']

describe('procura agent invite and enrol', () => {
  it('end with a key, a chain, and an agent that the issuer knows', async () => {
    const invited = await invite(...GRANT)
    const [ticket = ''] = invited.lines()

    const enrolled = await enrol(ticket, '--generate', 'agent.key.json', '--out', 'chain.json')

    expect([invited.code, enrolled.code, enrolled.stderr]).toEqual([0, 0, ''])
    expect(statSync(join(agents, 'agent.key.json')).mode & 0o777).toBe(0o600)
    expect(tokensOf(JSON.parse(readFileSync(join(agents, 'chain.json'), 'utf8')))).toHaveLength(2)
    const whoami = ['whoami', '--issuer', service.url, '--key', 'agent.key.json', '--json']
    expect((await procura(whoami, { directory: agents })).json()).toMatchObject({ role: 'agent', owner })
    expect(enrolled.stdout).not.toContain(ticket)
  })

  it('work with a key that is there, and without a grant', async () => {
    const ticket = String((await invite('--json', '--expires', '1m')).json().ticket)
    await procura(['agent', 'keygen', 'own.key.json'], { directory: agents })

    const enrolled = await enrol(ticket, '--key', 'own.key.json', '--json')

    expect(enrolled.json()).toMatchObject({ owner, name: 'triage', state: 'active' })
    expect(enrolled.json()).not.toHaveProperty('keyFile')
  })

  it('leave no key behind for a ticket that is worth nothing', async () => {
    const refused = await enrol(`acme.${'A'.repeat(43)}`, '--generate', 'unused.json')

    expect([refused.code, existsSync(join(agents, 'unused.json'))]).toEqual([3, false])
    expect(refused.stderr).toContain('ask for a new one')
  })

  it('keep the key of an agent that is registered, though its delegation is refused; it finishes the enrolment', async () => {
    const sends = ['--action', 'mail.send', '--location', 'https://mail.example/']
    const [ticket = ''] = (await invite(...sends)).lines()
    const { entitlements } = (await service.admin.get(`/v1/owners/${owner}`)).json
    const reads = [{ type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }]
    await service.admin.patch(`/v1/owners/${owner}`, { entitlements: reads })

    const refused = await enrol(ticket, '--generate', 'kept.json')
    await service.admin.patch(`/v1/owners/${owner}`, { entitlements })
    const finished = await enrol(ticket, '--key', 'kept.json', '--json')

    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('exceeds_entitlements') })
    expect(finished.json()).toMatchObject({ owner, state: 'active', delegation: { state: 'active' } })
  })

  it('say what is missing or too much', async () => {
    expect((await enrol('', '--generate', 'unused.json')).code).toBe(2)
    expect((await enrol('x', '--generate', 'unused.json', '--key', 'own.key.json')).code).toBe(2)
    expect((await invite('--inherit', ...GRANT)).code).toBe(2)
    expect((await invite('--expires', '1h')).code).toBe(1)
    expect(existsSync(join(agents, 'unused.json'))).toBe(false)
  })

  it('are preceded by a list of open tickets, one of which can be withdrawn', async () => {
    const invited = (await invite('--json', '--expires', '2m')).json()
    const id = String(invited.id)

    const listed = await procura(['agent', 'invitations', '--owner', owner])
    const withdrawn = await procura(['agent', 'withdraw', id, '--reason', 'sent astray'])
    const refused = await enrol(String(invited.ticket), '--generate', 'late.json')

    expect(listed.stdout).toContain(id)
    expect(listed.stdout).not.toContain(String(invited.ticket))
    expect([withdrawn.code, withdrawn.stderr]).toEqual([0, ''])
    expect(refused.code).toBe(3)
    const left = await procura(['agent', 'invitations', '--owner', owner, '--json'])
    expect(JSON.stringify(left.json())).not.toContain(id)
    const unknown = await procura(['agent', 'withdraw', 'enr_nobody'])
    expect([unknown.code, unknown.stderr]).toEqual([
      expect.any(Number),
      expect.stringContaining('procura agent invitations'),
    ])
  })
})
