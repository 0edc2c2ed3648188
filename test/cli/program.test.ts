import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { run, scratch } from './run.ts'

/** Commands of several words, as the help of the first ones lists them; the command itself when it lists none. */
async function commandsBelow(name: string): Promise<readonly string[]> {
  const { stdout } = await run([...name.split(' '), '--help'])
  const listed = /\nCommands:\n([\s\S]*)$/.exec(stdout)?.[1] ?? ''
  const names = [...listed.matchAll(/^ {2}([\w-]+)/gm)].map(([, sub = '']) => `${name} ${sub}`)
  return names.length === 0 ? [name] : (await Promise.all(names.map(commandsBelow))).flat()
}

async function allCommands(): Promise<readonly string[]> {
  return (await Promise.all(COMMANDS.map(({ name }) => commandsBelow(name)))).flat()
}

describe('procura', () => {
  it('lists its commands', async () => {
    const { code, stdout } = await run(['--help'])

    expect(code).toBe(0)
    for (const { name, summary } of COMMANDS) {
      expect(stdout).toContain(`  ${name} `)
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(summary)
    }
  })

  it('shows one example in the help of every command', async () => {
    const commands = await allCommands()
    const helps = await Promise.all(
      commands.map(async (name) => [name, (await run([...name.split(' '), '--help'])).stdout] as const),
    )

    const wanted = helps.filter(([name, help]) => !help.includes(`Example:\n  $ procura ${name}`))
    expect(wanted.map(([name]) => name)).toEqual([])
    expect(commands).toContain('grant create')
  })

  it('shows the same help by `help COMMAND` and by `COMMAND --help`', async () => {
    const asked = await run(['help', 'grant', 'create'])

    expect(asked.code).toBe(0)
    expect(asked.stdout).toBe((await run(['grant', 'create', '--help'])).stdout)
  })

  it.each([
    ['a command', ['inspct'], "procura: unknown command 'inspct' (Did you mean inspect?)\n"],
    ['a subcommand', ['owner', 'offbord'], "procura: unknown command 'offbord' (Did you mean offboard?)\n"],
    ['an option', ['whoami', '--isuer', 'x'], "procura: unknown option '--isuer' (Did you mean --issuer?)\n"],
  ])('suggests the nearest for %s that it does not know, and ends with 2', async (_, words, message) => {
    expect(await run(words)).toMatchObject({ code: 2, stdout: '', stderr: message })
  })

  it('says where to read on when an argument is missing', async () => {
    const { code, stderr } = await run(['inspect'])

    expect(code).toBe(2)
    expect(stderr).toBe("procura: missing required argument 'chain'; see `procura inspect --help`\n")
  })

  it('names the subcommand that was meant when one of its options has a wrong value', async () => {
    const { code, stderr } = await run(['grant', 'create', '--mechanism', 'sdjwt'])

    expect(code).toBe(2)
    expect(stderr).toContain("argument 'sdjwt' is invalid. Allowed choices are vc+jwt,")
    expect(stderr).toMatch(/ecdsa-rdfc-2019; see `procura grant create --help`\n$/)
  })

  it('names the subcommand that was meant, however deep', async () => {
    const { stderr } = await run(['conformance', 'vc-jose-cose', 'issue', 'x'])

    expect(stderr).toContain('see `procura conformance vc-jose-cose issue --help`')
  })

  it.each([
    ['no command', []],
    ['no subcommand', ['owner']],
  ])('shows the help on stderr and ends with 2 for %s', async (_, words) => {
    const { code, stdout, stderr } = await run(words)

    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage: procura')
  })

  it('tells programs about a failure in JSON on stderr, and nothing on stdout', async () => {
    const { code, stdout, stderr } = await run(['--json', 'inspect', 'missing.json'], {
      directory: scratch(),
    })

    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'unreadable', message: 'cannot read missing.json: there is no such file' },
    })
  })

  it('tells programs about a usage error in JSON as well', async () => {
    const { code, stderr } = await run(['inspect', '--json'])

    expect(code).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage' } })
  })

  it.each([
    ['a terminal', { terminal: true }, '\u001b[31mprocura:\u001b[39m'],
    ['a terminal where NO_COLOR is set', { terminal: true, environment: { NO_COLOR: '1' } }, 'procura:'],
    ['a terminal without colours', { terminal: true, environment: { TERM: 'dumb' } }, 'procura:'],
    ['no terminal', {}, 'procura:'],
  ])('paints only where it is seen: %s', async (_, options, start) => {
    const { stderr } = await run(['inspect', 'missing.json'], { directory: scratch(), ...options })

    expect(stderr.startsWith(`${start} cannot read`)).toBe(true)
  })

  it('prints its version', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})
