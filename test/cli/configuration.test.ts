import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Configuration, readConfiguration } from '../../src/cli/config/configuration.ts'
import { SETTING_NAMES, SETTINGS } from '../../src/cli/config/settings.ts'
import type { Host } from '../../src/cli/host.ts'
import { Options } from '../../src/cli/options.ts'
import { write } from './files.ts'
import { run, scratch } from './run.ts'

interface Said {
  readonly options?: Readonly<Record<string, unknown>>
  readonly environment?: Host['environment']
  readonly yaml?: string
  readonly directory?: string
}

function configure({
  options = {},
  environment = {},
  yaml,
  directory = scratch(),
}: Said): Promise<Configuration> {
  if (yaml !== undefined) write(directory, 'procura.yaml', yaml)
  const host: Pick<Host, 'environment' | 'directory'> = { environment, directory }
  return readConfiguration(new Options(options), host as Host)
}

function sourceOf({ effective }: Configuration, name: string): string | undefined {
  return effective.find((setting) => setting.name === name)?.source
}

describe('the configuration', () => {
  it('is procura.yaml, over it the environment, over it the command line', async () => {
    const yaml = 'issuer: https://a.example\n'
    const environment = { PROCURA_ISSUER: 'https://b.example' }
    const options = { issuer: 'https://c.example' }

    const fromFile = await configure({ yaml })
    const fromEnvironment = await configure({ yaml, environment })
    const fromOption = await configure({ yaml, environment, options })

    expect([fromFile.settings.issuer, sourceOf(fromFile, 'issuer')]).toEqual([
      'https://a.example',
      'procura.yaml',
    ])
    expect([fromEnvironment.settings.issuer, sourceOf(fromEnvironment, 'issuer')]).toEqual([
      'https://b.example',
      'PROCURA_ISSUER',
    ])
    expect([fromOption.settings.issuer, sourceOf(fromOption, 'issuer')]).toEqual([
      'https://c.example',
      '--issuer',
    ])
  })

  it('has defaults where nothing is said', async () => {
    const directory = scratch()

    const { settings, effective } = await configure({ directory })

    expect(settings).toEqual({ dataDir: join(directory, '.procura') })
    expect(effective).toEqual([{ name: 'dataDir', value: join(directory, '.procura'), source: 'default' }])
  })

  it('counts an empty variable as absent', async () => {
    expect(
      (await configure({ environment: { PROCURA_ISSUER: ' ', PROCURA_PORT: '' } })).settings,
    ).not.toHaveProperty('issuer')
  })

  it('resolves paths of the file against its directory, all others against the working directory', async () => {
    const directory = scratch()
    mkdirSync(join(directory, 'etc'))
    write(join(directory, 'etc'), 'my.yaml', 'keyFile: admin.json\ndataDir: /var/lib/procura\n')

    const { settings } = await configure({ directory, options: { config: 'etc/my.yaml', state: 'state' } })

    expect(settings).toEqual({
      keyFile: join(directory, 'etc/admin.json'),
      dataDir: '/var/lib/procura',
      state: join(directory, 'state'),
    })
  })

  it('reads numbers as the file and as the environment write them', async () => {
    expect((await configure({ yaml: 'port: 8080' })).settings.port).toBe(8080)
    expect((await configure({ environment: { PROCURA_PORT: '8081' } })).settings.port).toBe(8081)
    expect((await configure({ options: { port: '0' } })).settings.port).toBe(0)
  })

  it('finds the file that PROCURA_CONFIG names', async () => {
    const directory = scratch()
    write(directory, 'other.yaml', 'issuer: https://a.example')

    const { settings } = await configure({ directory, environment: { PROCURA_CONFIG: 'other.yaml' } })

    expect(settings.issuer).toBe('https://a.example')
  })

  it.each([
    [
      'an unknown setting',
      'isuer: https://a.example',
      'procura.yaml has an unknown setting "isuer"; known are issuer',
    ],
    ['a secret', 'key: abc', 'must not hold the secret "key"; put it into a file and name that as keyFile'],
    ['text that is no YAML', 'a: [', 'procura.yaml line 1 is not YAML'],
    ['a key given twice', 'port: 1\nport: 2', 'procura.yaml line 2 is not YAML'],
    ['a list', '- a', 'must be a plain mapping of settings'],
    ['an alias', 'host: &a x\norigin: *a', 'must be a plain mapping'],
    ['a number where a text is wanted', 'issuer: 1', 'issuer in procura.yaml must be a text'],
    ['a port out of range', 'port: 70000', 'port in procura.yaml must be a whole number from 0 to 65535'],
    ['a port that is no number', 'port: high', 'port in procura.yaml must be a whole number from 0 to 65535'],
    ['a fraction', 'port: 80.5', 'port in procura.yaml must be a whole number from 0 to 65535'],
    ['no URL', 'issuer: id.example', 'issuer in procura.yaml must be a URL, such as https://id.example'],
    [
      'an unknown log level',
      'logLevel: loud',
      'logLevel in procura.yaml must be debug, info, warn, error or silent',
    ],
  ])('refuses %s and says the fix', async (_, yaml, message) => {
    await expect(configure({ yaml })).rejects.toThrow(message)
  })

  it('reads an empty file as no settings', async () => {
    expect((await configure({ yaml: '# nothing yet\n' })).effective).toHaveLength(1)
  })

  it('names the variable that is wrong', async () => {
    await expect(configure({ environment: { PROCURA_PORT: 'x' } })).rejects.toMatchObject({
      code: 'usage',
      message: 'port in PROCURA_PORT must be a whole number from 0 to 65535',
    })
  })

  it('refuses a named file that is not there', async () => {
    await expect(configure({ options: { config: 'missing.yaml' } })).rejects.toThrow(
      'cannot read missing.yaml (ENOENT); name a readable file with --config',
    )
  })

  it('refuses a key and a file with a key when the environment says both', async () => {
    const environment = { PROCURA_KEY: '{}', PROCURA_KEY_FILE: 'a' }

    await expect(configure({ environment })).rejects.toThrow('PROCURA_KEY and PROCURA_KEY_FILE are both set')
  })

  it('takes of a key and a file with a key the one that was said nearer', async () => {
    const environment = { PROCURA_KEY: '{}' }

    const overFile = await configure({ environment, yaml: 'keyFile: a.json' })
    const underOption = await configure({ environment, options: { key: 'b.json' } })

    expect(overFile.settings).toMatchObject({ key: '{}' })
    expect(overFile.settings).not.toHaveProperty('keyFile')
    expect(underOption.settings).toMatchObject({ keyFile: expect.stringMatching(/b\.json$/) })
    expect(underOption.settings).not.toHaveProperty('key')
  })

  it('has a variable of its own for every setting, and no option for a secret', () => {
    const variables = SETTING_NAMES.map((name) => SETTINGS[name].variable)

    expect(new Set(variables).size).toBe(variables.length)
    const secrets = SETTING_NAMES.filter((name) => SETTINGS[name].isSecret === true)
    expect(secrets).toEqual([
      'key',
      'kek',
      'kekPrevious',
      'pkcs11Pin',
      'database',
      'vcApiHeader',
      's3SecretAccessKey',
      's3SessionToken',
    ])
    expect(secrets.filter((name) => SETTINGS[name].option !== undefined)).toEqual([])
  })

  it('is shown by doctor with its sources, and without secrets', async () => {
    const directory = scratch()
    write(directory, 'procura.yaml', 'host: 0.0.0.0')
    const environment = { PROCURA_KEY: '{"d":"hidden"}', PROCURA_KEK: 'hidden too' }

    const { code, stdout, json } = await run(['doctor', '--json'], { directory, environment })

    expect(code).toBe(0)
    expect(stdout).not.toContain('hidden')
    expect(json().settings).toEqual([
      { name: 'key', value: '(secret)', source: 'PROCURA_KEY' },
      { name: 'dataDir', value: join(directory, '.procura'), source: 'default' },
      { name: 'host', value: '0.0.0.0', source: 'procura.yaml' },
      { name: 'kek', value: '(secret)', source: 'PROCURA_KEK' },
    ])
  })
})
