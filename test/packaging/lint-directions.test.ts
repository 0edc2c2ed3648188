import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DIRECTIONS, type Direction, SERVER_PACKAGES } from '../helpers/directions.ts'
import { PLATFORM_MODULES } from '../helpers/platform-modules.ts'

/** The linter says what the architecture test says, while one types. It cannot tell types from values, so it is stricter. */
const FOLDERS = DIRECTIONS.map(({ folder }) => folder).filter((folder) => folder !== 'index.ts')
const NODE_SIDE = [...PLATFORM_MODULES.values()].map(({ node }) => node)
const SIGNING = ['securing/vc-jose/sign.ts', 'securing/sign-bytes.ts', 'securing/vc-jose/local-signer.ts']
const SHARED = [
  'securing/vc-jose/verify.ts',
  'securing/http-signature/signature-base.ts',
  'verifier/ports.ts',
]

const project = mkdtempSync(join(tmpdir(), 'lint-'))
let refused: Map<string, string[]>

/** A file and the specifiers that it imports, one a line. */
const probes = new Map(DIRECTIONS.flatMap(probesOf))

beforeAll(() => {
  for (const [file, specifiers] of probes) write(file, specifiers)
  for (const file of NODE_SIDE) write(file, ['node:crypto'])
  const config = JSON.parse(readFileSync('biome.json', 'utf8'))
  writeFileSync(join(project, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }))
  refused = lint()
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

function write(file: string, specifiers: readonly string[]): void {
  mkdirSync(join(project, dirname(file)), { recursive: true })
  writeFileSync(join(project, file), specifiers.map((specifier) => `import '${specifier}'\n`).join(''))
}

function probesOf({ folder }: Direction): [string, string[]][] {
  const modules = [...FOLDERS.map((other) => `${other}/some/module.ts`), ...SIGNING, ...SHARED]
  const packages = [...SERVER_PACKAGES, 'node:fs', 'node:fs/promises']
  const at = (up: string) => modules.filter((module) => !module.startsWith(`${folder}/`)).map((to) => up + to)
  if (folder === 'index.ts') return [['src/index.ts', [...at('./'), ...packages]]]
  return [
    [`src/${folder}/probe.ts`, [...at('../'), ...packages, ...FOLDERS.map((name) => `./${name}/own.ts`)]],
    [`src/${folder}/deeper/probe.ts`, at('../../')],
  ]
}

/** The specifiers that the linter refuses, by file. */
function lint(): Map<string, string[]> {
  const biome = join(process.cwd(), 'node_modules/@biomejs/biome/bin/biome')
  const options = [
    'lint',
    '--only=style/noRestrictedImports',
    '--max-diagnostics=none',
    '--reporter=json',
    '.',
  ]
  const { stdout } = spawnSync(process.execPath, [biome, ...options], { cwd: project, encoding: 'utf8' })
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { location: { path: string; start: { line: number } } }[]
  }
  const found = new Map<string, string[]>()
  for (const { path, start } of diagnostics.map((diagnostic) => diagnostic.location)) {
    const specifier = probes.get(path)?.[start.line - 1] ?? 'a line that was not written'
    found.set(path, [...(found.get(path) ?? []), specifier].sort())
  }
  return found
}

function isForbidden({ folder, mayImport, maySign, isNeutral }: Direction, specifier: string): boolean {
  if (mayImport.includes('*')) return false
  if (specifier.startsWith('node:')) return isNeutral && folder !== 'holder'
  if (SERVER_PACKAGES.includes(specifier)) return isNeutral
  const module = specifier.replace(/^(\.\.\/)+/, '').replace(/^\.\//, '')
  if (specifier.startsWith('./') && folder !== 'index.ts') return false
  if (SIGNING.includes(module) && !maySign) return true
  return !mayImport.some((place) => `${module}/`.startsWith(`${place}/`))
}

describe('the linter', () => {
  it.each(DIRECTIONS)(
    'refuses in $folder exactly what the table of directions forbids there',
    (direction) => {
      const files = [...probes].filter(([file]) => `${file}/`.startsWith(`src/${direction.folder}/`))

      expect(files.length).toBeGreaterThan(0)
      for (const [file, specifiers] of files) {
        const forbidden = specifiers.filter((specifier) => isForbidden(direction, specifier)).sort()
        expect(refused.get(file) ?? [], file).toEqual(forbidden)
      }
    },
  )

  it('lets the modules that stand for Node import from Node', () => {
    expect(NODE_SIDE.filter((file) => refused.has(file))).toEqual([])
    expect(refused.size).toBeGreaterThan(10)
  })
})
