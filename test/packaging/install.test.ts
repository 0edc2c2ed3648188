import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const { name, version, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string
  version: string
  exports: Record<string, string>
}

/** Everything but files and the service, which needs the `node:sqlite` of a newer Node and says so. */
const LIBRARY = Object.keys(exports).filter((path) => !/\*|\.json$|^\.\/server$/.test(path))

const consumer = mkdtempSync(join(tmpdir(), 'consumer-'))

/** The Node of the machine, which may be as old as `engines` allows; the tests themselves run on the newest. */
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((entry) => !entry.startsWith(join(process.cwd(), 'node_modules')))
  .join(delimiter)

function run(command: string, args: readonly string[], cwd = consumer): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH },
  })
  if (status !== 0) throw new Error(`${command} ${args[0]} failed:\n${stderr}`)
  return stdout
}

beforeAll(() => {
  run('npm', ['pack', '--loglevel=error', '--pack-destination', consumer], process.cwd())
  const manifest = { private: true, type: 'module', dependencies: { [name]: `file:${name}-${version}.tgz` } }
  writeFileSync(join(consumer, 'package.json'), JSON.stringify(manifest))
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--prefer-offline']
  run('npm', ['install', '--omit=dev', '--ignore-scripts', ...quiet])
}, 180_000)

afterAll(() => rmSync(consumer, { recursive: true, force: true }))

describe('the packed package, installed without install scripts and development dependencies', () => {
  const nodes = [
    ['the newest Node', process.execPath],
    ['the Node of the machine', 'node'],
  ] as const

  it.each(nodes)('can be imported on %s, every export of the library [SC-01]', (_, node) => {
    const imports = LIBRARY.map((path) => `import(${JSON.stringify(join(name, path))})`)
    const script = `const all = await Promise.all([${imports}]); console.log(all.every((m) => Object.keys(m).length > 0))`

    expect(run(node, ['--input-type=module', '--eval', script])).toBe('true\n')
  })

  it('runs its commands on the Node of the machine, and those of the issuer from Node 22.13 on', () => {
    const cli = join('node_modules', name, 'dist', 'cli', 'main.js')
    const [major = 0, minor = 0] = run('node', ['-p', 'process.versions.node']).split('.').map(Number)
    const init = () => run('node', [cli, 'init', '--tenant', 'acme'])

    expect(run('node', [cli, 'agent', 'keygen', 'agent.key.json'])).toContain('did:key:')
    if (major > 22 || (major === 22 && minor >= 13)) expect(init()).toContain('acme')
    else expect(init).toThrow('install Node 24, or 22.13 at least')
  })

  it('contains what it says and no tests or sources [SC-01]', () => {
    const files = run('npm', ['ls', '--parseable', '--all']).trim().split('\n')
    const tarball = run('tar', ['-tzf', `${name}-${version}.tgz`])
      .trim()
      .split('\n')

    expect(tarball.filter((file) => /^package\/(src|test|examples|\.ci)\//.test(file))).toEqual([])
    expect(tarball).toContain('package/dist/verifier/index.js')
    // What is compiled keeps its comments and names: maps to sources that are not there would be a third of the package.
    expect(tarball.filter((file) => file.endsWith('.map'))).toEqual([])
    expect(files.length).toBeGreaterThan(1)
  })

  it('leaves the optional package for did:webvh to those who want it', () => {
    expect(existsSync(join(consumer, 'node_modules', 'jose'))).toBe(true)
    expect(existsSync(join(consumer, 'node_modules', 'didwebvh-ts'))).toBe(false)
  })
})

/** Everything that runs off Node, and an authority for which a package is missing. */
const APP = `
import * as parts from 'procura'
import * as agent from 'procura/agent'
import * as gate from 'procura/fetch'
import * as status from 'procura/status'
import { createVerifier } from 'procura/verifier'
const authority = 'did:webvh:QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE:id.example'
const options = { audience: 'https://mail.example/', trust: [authority], freshness: { '*': 'sensitive' } }
const [state] = await createVerifier({ ...options, fetch: async () => new Response() }).sync()
console.log([parts, agent, gate, status].every((part) => Object.keys(part).length > 0), state.failure.code)
`

describe('the command lines for bundling in docs/runtimes.md', () => {
  const written = readFileSync('docs/runtimes.md', 'utf8').matchAll(/`esbuild ([^`]+)`/g)
  const lines = [...written].map(([, args = '']) => args)
  const esbuild = join(process.cwd(), 'node_modules', '.bin', 'esbuild')

  it('are two, for a browser and for Workers', () => {
    expect(lines.map((args) => args.split(' ')[0])).toEqual(['app.js', 'worker.js'])
  })

  it.each(lines)('work with the packed package, without what is optional: esbuild %s', (args) => {
    const [entry = '', ...options] = args.split(' ')
    writeFileSync(join(consumer, entry), APP)
    const { stderr } = spawnSync('sh', ['-c', `'${esbuild}' ${args}`], { cwd: consumer, encoding: 'utf8' })
    const outdir = options.find((option) => option.startsWith('--outdir='))?.split('=')[1]
    const bundle = outdir === undefined ? 'out.js' : join(outdir, entry)

    expect(stderr).not.toMatch(/error|warning/i)
    expect(run(process.execPath, [bundle])).toBe('true unsupported\n')
  })
})
