import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import { tokensOf } from '../../src/holder/chain-file.ts'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import { AGENT_DELEGATION_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../src/securing/http-signature/sign.ts'
import { createLocalSigner } from '../../src/securing/vc-jose/local-signer.ts'
import { initialize } from '../../src/server/initialize.ts'
import { freePort } from '../helpers/issuer-service.ts'

/** The program as it is published. */
const MAIN = resolve('dist/cli/main.js')
const GRANT = ['--action', 'mail.read', '--location', 'https://mail.example/']
const PULL = ['status', 'pull', '--trust', 'anchor.json', '--out', 'mirror']

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function environment(changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME, ...changes }
}

/** A directory of its own, in which the built program runs in processes of their own. */
class Place {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'procura-e2e-'))
  readonly origin: string
  #service: ChildProcess | undefined

  private constructor(origin: string) {
    this.origin = origin
    onTestFinished(async () => {
      await this.stop('SIGKILL')
      rmSync(this.directory, { recursive: true, force: true })
    })
  }

  static async create(): Promise<Place> {
    return new Place(`http://127.0.0.1:${await freePort()}`)
  }

  /** With an issuer in `.procura`, and settings that name it. */
  static async withIssuer(): Promise<Place> {
    const place = await Place.create()
    const dataDir = join(place.directory, '.procura')
    const { adminKeyFile } = await initialize({ dataDir, tenant: 'acme', origin: place.origin })
    writeFileSync(
      join(place.directory, 'procura.yaml'),
      `issuer: ${place.origin}\nkeyFile: ${adminKeyFile}\n`,
    )
    return place
  }

  run(words: readonly string[], changes?: NodeJS.ProcessEnv): Promise<Ended> {
    return new Promise((settle) => {
      const options = { cwd: this.directory, env: environment(changes) }
      const child = execFile(process.execPath, [MAIN, ...words], options, (_, stdout, stderr) =>
        settle({ code: child.exitCode ?? -1, stdout, stderr }),
      )
      child.stdin?.end()
    })
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  async json(...words: string[]): Promise<any> {
    const { code, stdout, stderr } = await this.run([...words, '--json'])
    if (code !== 0) throw new Error(`${code} ${stderr}${stdout}`)
    return JSON.parse(stdout)
  }

  /** Starts the service. @returns What it printed when it listened. */
  async serve(...words: string[]): Promise<string> {
    const options = { cwd: this.directory, env: environment() }
    this.#service = spawn(process.execPath, [MAIN, 'serve', ...words], options)
    let printed = ''
    this.#service.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    await expect.poll(() => printed, { timeout: 20_000 }).toContain('/.well-known/procura')
    return printed
  }

  /** @returns What the service ended with. */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const service = this.#service
    this.#service = undefined
    if (service === undefined) return null
    const exited = once(service, 'exit')
    service.kill(signal)
    return (await exited)[0]
  }

  read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8')
  }

  modeOf(file: string): number {
    return statSync(join(this.directory, file)).mode & 0o777
  }

  /** Records a request as an agent signs it, as `request.json`. */
  async recordRequest(chainFile: string, keyFile: string): Promise<void> {
    const signer = await createLocalSigner(JSON.parse(this.read(keyFile)))
    const chain = tokensOf(JSON.parse(this.read(chainFile))) ?? []
    const headers = { 'agent-delegation': formatAgentDelegation(chain) }
    const targetUri = 'https://mail.example/inbox'
    const common = { profile: AGENT_DELEGATION_PROFILE, method: 'GET', targetUri, headers }
    const proof = await signRequest({ ...common, signer, now: Date.now(), random: systemRandom })
    const request = { method: 'GET', target: '/inbox', headers: { ...headers, ...proof } }
    writeFileSync(join(this.directory, 'request.json'), JSON.stringify(request))
  }

  /** Verifies `request.json` from files alone. */
  verify(): Promise<Ended> {
    const files = ['--request', 'request.json', '--trust', 'anchor.json', '--status', 'mirror']
    const asked = ['--audience', 'https://mail.example/', '--action', 'mail.read', '--json']
    return this.run(['verify', ...files, ...asked])
  }
}

/** An owner, their agent with a chain, and a helper to whom the agent delegated, offline; status and trust as files. */
async function delegateToHelper(place: Place): Promise<{ readonly grant: string; readonly helper: string }> {
  const owner = await place.json('owner', 'create', '--name', 'Support', '--accountable', 'Ada', ...GRANT)
  const about = ['--owner', owner.id, '--name', 'triage', '--purpose', 'sorts mail']
  const agent = await place.json('agent', 'create', ...about, '--generate', 'agent.json')
  const terms = [...GRANT, '--max-depth', '1', '--lease', '4']
  const grant = await place.json(
    'grant',
    'create',
    '--agent',
    agent.id,
    ...terms,
    '--out',
    'agent-chain.json',
  )
  const helper = await place.json('agent', 'keygen', 'helper.json')
  const from = ['--key', 'agent.json', '--chain', 'agent-chain.json', '--to', helper.did]
  await place.json('delegate', ...from, ...GRANT, '--lifetime', '10m', '--out', 'helper-chain.json')
  await place.json('trust', 'export', '--out', 'anchor.json')
  await place.json(...PULL)
  return { grant: grant.id, helper: helper.did }
}

describe('procura', () => {
  it('leads from nothing to a verdict from files, and from a revocation to a refusal [L1] [L3] [S3]', async () => {
    const place = await Place.create()
    await place.json('init', '--tenant', 'acme', '--origin', place.origin)
    await place.serve()
    const { grant, helper } = await delegateToHelper(place)
    await place.recordRequest('helper-chain.json', 'helper.json')

    const before = await place.verify()
    expect(before.code).toBe(0)
    expect(JSON.parse(before.stdout)).toMatchObject({ verified: true, kind: 'SubAgent', presenter: helper })

    await place.json('grant', 'revoke', grant, '--reason', 'left', '--yes')
    await expect
      .poll(
        async () => {
          await place.json(...PULL)
          return (await place.verify()).code
        },
        { timeout: 15_000 },
      )
      .toBe(3)
    expect(JSON.parse((await place.verify()).stdout)).toMatchObject({
      refusal: { code: 'revoked', link: 1, inherited: true },
      explanation: { fix: expect.stringContaining('nothing lifts a revocation') },
    })
  })

  it('verifies from files and draws chains while the issuer is down [S3]', async () => {
    const place = await Place.withIssuer()
    await place.serve()
    await delegateToHelper(place)
    await place.recordRequest('helper-chain.json', 'helper.json')

    expect(await place.stop('SIGTERM')).toBe(0)

    expect((await place.verify()).code).toBe(0)
    const look = ['--trust', 'anchor.json', '--status', 'mirror']
    const drawn = await place.run(['inspect', 'helper-chain.json', ...look])
    expect(drawn.code).toBe(0)
    expect(drawn.stdout).toContain('status     active, as of')
    expect(drawn.stdout).not.toContain('eyJ')
    expect(await place.run(['status', 'show', ...look])).toMatchObject({ code: 0 })
    expect(await place.run(['status', 'show', '--trust', 'anchor.json'])).toMatchObject({ code: 4 })
    expect(await place.run(['whoami'])).toMatchObject({ code: 1, stdout: '' })
  })

  it('is silent about a reader that has seen enough', async () => {
    const child = spawn(process.execPath, [MAIN, '--help'], { env: environment() })
    child.stdout.destroy()
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text
    })
    const [code] = await once(child, 'exit')

    expect([code, complaint]).toEqual([0, ''])
  })

  it('prints no colour into a pipe', async () => {
    const { stderr } = await (await Place.create()).run(['inspect', 'missing'], { FORCE_COLOR: '1' })

    expect(stderr).toBe('procura: cannot read missing: there is no such file\n')
  })
})

describe('procura init', () => {
  it('makes an issuer, says where the admin key lies and what comes next', async () => {
    const place = await Place.create()

    const { code, stdout } = await place.run(['init', '--tenant', 'acme', '--origin', place.origin])

    expect(code).toBe(0)
    expect(stdout).toContain(
      `${join(place.directory, '.procura/admin-acme.json')} (mode 0600; there is no other copy)`,
    )
    expect(stdout).toContain('Next:\n  procura serve')
    expect(place.modeOf('.procura')).toBe(0o700)
    expect(place.modeOf('.procura/admin-acme.json')).toBe(0o600)
    expect(place.read('procura.yaml')).toContain(`issuer: ${place.origin}`)
    expect(stdout).not.toContain(JSON.parse(place.read('.procura/admin-acme.json')).d)
  })

  it('refuses to run twice for a tenant, and changes nothing', async () => {
    const place = await Place.withIssuer()
    const key = place.read('.procura/admin-acme.json')

    const { code, stderr } = await place.run(['init', '--tenant', 'acme', '--origin', place.origin])

    expect(code).toBe(2)
    expect(stderr).toBe('procura: the tenant "acme" is initialised already; nothing was changed\n')
    expect(place.read('.procura/admin-acme.json')).toBe(key)
  })

  it('adds another tenant, and leaves settings that are there as they are', async () => {
    const place = await Place.withIssuer()
    const settings = place.read('procura.yaml')

    const words = ['--tenant', 'second', '--origin', place.origin, '--environment', 'staging']
    const made = await place.json('init', ...words)

    expect(made).toMatchObject({ tenant: 'second', environment: 'staging', origin: place.origin })
    expect(made).not.toHaveProperty('settingsFile')
    expect(place.read('procura.yaml')).toBe(settings)
  })

  it('makes the authority the did:web of the origin where that is wanted', async () => {
    const place = await Place.create()

    const made = await place.json('init', '--tenant', 'acme', '--origin', 'https://id.example', '--did-web')

    expect(made.trust).toMatchObject({
      authority: 'did:web:id.example',
      statusIssuer: 'did:web:id.example:status',
      head: 'https://id.example/status/acme/head',
    })
  })

  it.each([
    ['http://127.0.0.1:8787', true],
    ['https://id.example', false],
  ])('says whether nobody elsewhere can resolve the did:web of %s', async (origin, isWarned) => {
    const place = await Place.create()

    const { stdout } = await place.run(['init', '--tenant', 'acme', '--origin', origin, '--did-web'])

    expect(stdout.includes('no verifier elsewhere can resolve it')).toBe(isWarned)
  })

  it('writes no settings where that is not wanted', async () => {
    const place = await Place.create()

    await place.json('init', '--tenant', 'acme', '--data', 'data', '--no-settings')

    expect(existsSync(join(place.directory, 'procura.yaml'))).toBe(false)
    expect(place.modeOf('data/admin-acme.json')).toBe(0o600)
  })

  it('uses the key-encryption key that is given, and makes none', async () => {
    const place = await Place.create()

    await place.run(['init', '--tenant', 'acme', '--origin', place.origin], {
      PROCURA_KEK: `${'B'.repeat(42)}A`,
    })

    expect(existsSync(join(place.directory, '.procura/admin-acme.json'))).toBe(true)
    expect(existsSync(join(place.directory, '.procura/key-encryption-key'))).toBe(false)
  })
})

describe('procura serve', () => {
  it('says URL, DID and trust URL, and nothing else on stdout', async () => {
    const place = await Place.withIssuer()

    const printed = await place.serve()

    expect(printed).toContain(`url     ${place.origin}`)
    expect(printed).toMatch(/did {5}did:key:z6Mk/)
    expect(printed).toContain(`trust   ${place.origin}/.well-known/procura`)
    expect(printed.split('\n')).toHaveLength(6)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends in good order on %s', async (signal) => {
    const place = await Place.withIssuer()
    await place.serve()

    expect(await place.stop(signal)).toBe(0)
    expect(existsSync(join(place.directory, '.procura/service.lock'))).toBe(false)
  })

  it('tells programs where it listens, also on any free port', async () => {
    const place = await Place.withIssuer()

    const { url, origin } = JSON.parse(await place.serve('--json', '--port', '0'))

    expect(origin).toBe(place.origin)
    expect(url).not.toBe(place.origin)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('refuses a data directory that is in use, in one line', async () => {
    const place = await Place.withIssuer()
    await place.serve()

    const { code, stderr } = await place.run(['serve', '--port', '0'])

    expect(code).toBe(2)
    expect(stderr).toMatch(/^procura: the data directory is in use by process \d+; stop it first\n$/)
  })

  it('says what to do where there is no issuer', async () => {
    const { code, stderr } = await (await Place.create()).run(['serve', '--data', 'nowhere'])

    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^procura: there is no issuer in \S+nowhere: run "procura init --data \S+nowhere" first\n$/,
    )
  })
})

describe('procura doctor', () => {
  it('opens the database of a service that does not run, and says how to start it', async () => {
    const { code, stdout } = await (await Place.withIssuer()).run(['doctor'])

    expect(code).toBe(1)
    expect(stdout).toContain('ok       database       opens, and its keys fit: acme')
    expect(stdout).toContain('to mend: start it with `procura serve`')
  })

  it('finds a file that others may read', async () => {
    const place = await Place.withIssuer()
    const key = join(place.directory, '.procura/key-encryption-key')
    chmodSync(key, 0o644)

    const { code, stdout } = await place.run(['doctor'])

    expect(code).toBe(1)
    expect(stdout).toContain(`to mend: chmod 600 ${key}`)
  })

  it('finds a key-encryption key that does not fit, without showing it', async () => {
    const wrong = `${'B'.repeat(42)}A`

    const { code, stdout } = await (await Place.withIssuer()).run(['doctor'], { PROCURA_KEK: wrong })

    expect(code).toBe(1)
    expect(stdout).toMatch(/failed {3}database/)
    expect(stdout).not.toContain(wrong)
  })
})
