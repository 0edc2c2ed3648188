import { describe, expect, it } from 'vitest'
import { DIRECTIONS, type Direction, folderOf, isSigning, SERVER_PACKAGES } from './helpers/directions.ts'
import {
  type ReadSource,
  reachable,
  readProjectFile,
  sourceFiles,
  type ValueImport,
  valueImports,
} from './helpers/imports.ts'
import { PLATFORM_MODULES } from './helpers/platform-modules.ts'

const NODE_SIDE = [...PLATFORM_MODULES.values()].map(({ node }) => node)
const FILES = sourceFiles('src')
const LEAVES = ['src/describe-refusal.ts', 'src/errors.ts', 'src/refusal.ts']

/** Entries that must load on any runtime. */
const NEUTRAL_ENTRIES = [
  'src/index.ts',
  'src/verifier/index.ts',
  'src/stores/edge/index.ts',
  'src/holder/index.ts',
  'src/issuer/index.ts',
  'src/status/index.ts',
  'src/adapters/fetch/index.ts',
  'src/adapters/mcp/index.ts',
]

function directionOf(file: string): Direction | undefined {
  return DIRECTIONS.find(({ folder }) => folder === folderOf(file))
}

function importsOf(file: string, read: ReadSource = readProjectFile): ValueImport[] {
  return valueImports(file, read(file) ?? '')
}

/** Why an import goes against the table, or `undefined` when it does not. */
function breach({ from, to, isLazy }: ValueImport): string | undefined {
  const direction = directionOf(from)
  if (direction === undefined || direction.mayImport.includes('*')) return undefined
  const goesWrong = to.startsWith('src/')
    ? !isAllowedModule(direction, to)
    : !isAllowedPackage(direction, from, to, isLazy)
  return goesWrong ? `${from} imports ${to}` : undefined
}

function isAllowedModule({ folder, mayImport, maySign }: Direction, to: string): boolean {
  if (isSigning(to) && !maySign) return false
  return LEAVES.includes(to) || [folder, ...mayImport].some((place) => `${to}/`.startsWith(`src/${place}/`))
}

function isAllowedPackage(direction: Direction, from: string, to: string, isLazy: boolean): boolean {
  if (direction.folder === 'adapters') return to.startsWith('node:')
  if (!direction.isNeutral || NODE_SIDE.includes(from)) return true
  if (to.startsWith('node:')) return direction.folder === 'holder' && isLazy
  return !SERVER_PACKAGES.some((name) => to === name || to.startsWith(`${name}/`))
}

function breaches(files: readonly string[], read?: ReadSource): string[] {
  return files.flatMap((file) => importsOf(file, read)).flatMap((found) => breach(found) ?? [])
}

describe('the import directions', () => {
  it('are kept by every module', () => {
    expect(breaches(FILES)).toEqual([])
    expect(FILES.flatMap((file) => importsOf(file)).length).toBeGreaterThan(FILES.length / 2)
  })

  it('name every folder of src', () => {
    const folders = FILES.filter((file) => file.split('/').length > 2).map(folderOf)

    expect(folders.filter((folder) => !DIRECTIONS.some((direction) => direction.folder === folder))).toEqual(
      [],
    )
  })

  it('leave errors and refusals to everyone, because they import nothing', () => {
    expect(LEAVES.flatMap((file) => importsOf(file))).toEqual([])
  })

  it('go to files, not to the entries that are published', () => {
    const inner = FILES.filter((file) => !['cli', 'server', 'index.ts'].includes(folderOf(file)))
    const found = inner.flatMap((file) => importsOf(file)).filter(({ to }) => to.endsWith('/index.ts'))

    expect(found.filter(({ to }) => folderOf(to) !== 'verifier')).toEqual([])
  })

  it('are not got round by asking Node for a module at run time', () => {
    const neutral = FILES.filter((file) => directionOf(file)?.isNeutral === true)
    const sources = neutral.map((file) => [file, readProjectFile(file) ?? ''] as const)

    expect(sources.filter(([, source]) => /getBuiltinModule|createRequire/.test(source))).toEqual([])
    expect(neutral.length).toBeGreaterThan(10)
  })

  it.each([
    ['a role imports a role', 'src/holder/a.ts', "import { b } from '../issuer/b.ts'"],
    ['a noun imports a role', 'src/model/a.ts', "export { b } from '../verifier/b.ts'"],
    ['the verifier imports a signer', 'src/verifier/a.ts', "import { b } from '../securing/vc-jose/sign.ts'"],
    [
      'the verifier waits to import a signer',
      'src/verifier/a.ts',
      "await import('../securing/sign-bytes.ts')",
    ],
    ['the verifier imports Node', 'src/verifier/a.ts', "import { readFileSync } from 'node:fs'"],
    ['the issuer imports a framework', 'src/issuer/a.ts', "import express from 'express'"],
    ['the issuer imports Node', 'src/issuer/a.ts', "await import('node:crypto')"],
    ['the holder needs Node to load', 'src/holder/a.ts', "import * as fs from 'node:fs'"],
    ['an adapter imports its framework', 'src/adapters/express/a.ts', "import express from 'express'"],
    ['a store reads past the ports', 'src/stores/a.ts', "import { b } from '../verifier/trust.ts'"],
    ['names are imported over several lines', 'src/core/a.ts', "import {\n  b,\n} from '../model/b.ts'"],
    ['only an effect is imported', 'src/core/a.ts', "import '../model/b.ts'"],
    ['a type is imported as a value', 'src/core/a.ts', "import { type B } from '../model/b.ts'"],
  ])('are broken where %s', (_, file, source) => {
    expect(breaches([file], () => source)).toHaveLength(1)
  })

  it.each([
    ['a type is imported', 'src/adapters/express/a.ts', "import type { Request } from 'express'"],
    ['a type is exported', 'src/holder/a.ts', "export type { B } from '../issuer/b.ts'"],
    ['the type of a module is named', 'src/holder/a.ts', "type Fs = typeof import('node:fs')"],
    ['the holder waits to import Node', 'src/holder/a.ts', "await import('node:fs')"],
    ['a store imports the ports', 'src/stores/a.ts', "import { b } from '../verifier/ports.ts'"],
    [
      'the verifier imports what both sides share',
      'src/verifier/a.ts',
      "import '../securing/signature-base.ts'",
    ],
    ['an import stands in a comment', 'src/core/a.ts', "/**\n * import { b } from '../model/b.ts'\n */"],
  ])('are kept where %s', (_, file, source) => {
    expect(breaches([file], () => source)).toEqual([])
  })

  it('cannot be judged where the target of an import is computed', () => {
    expect(() => valueImports('src/core/a.ts', 'await import(name)')).toThrow(/not written out/)
  })
})

describe('what an entry pulls in', () => {
  const entries = NEUTRAL_ENTRIES.filter((entry) => FILES.includes(entry))

  it.each(entries)('%s loads on a runtime without the modules of Node', (entry) => {
    const modules = [...reachable(entry, false)]

    expect(modules.filter((module) => module.startsWith('node:'))).toEqual([])
    expect(modules.length).toBeGreaterThan(5)
  })

  it('resolves the names of package.json to two sources each, which the compiler for other runtimes knows too', () => {
    const { compilerOptions } = JSON.parse(readProjectFile('test/packaging/tsconfig.json') ?? '')
    const neutral = [...PLATFORM_MODULES].map(([name, module]) => [name, [`../../${module.neutral}`]])

    expect(compilerOptions.paths).toEqual(Object.fromEntries(neutral))
    expect([...PLATFORM_MODULES.values()].flatMap((module) => Object.values(module)).sort()).toEqual(
      FILES.filter((file) => /\/(node|default)\.ts$/.test(file)),
    )
  })

  it('the verifier reaches no signer, no role, no server and no module of Node, not even lazily', () => {
    const modules = [...reachable('src/verifier/index.ts', true)]
    const unwanted = /^src\/(holder|issuer|adapters|stores|server|cli)\/|^node:|^express/

    expect(modules.filter((module) => unwanted.test(module) || isSigning(module))).toEqual([])
    expect(modules).toContain('src/refusal.ts')
  })

  it('the verifier loads Data Integrity and SD-JWT only when a credential asks for them', () => {
    const modules = [...reachable('src/verifier/index.ts', false)]

    expect(modules.filter((module) => /^src\/securing\/(data-integrity|sd-jwt)\//.test(module))).toEqual([])
  })

  it('follows value imports to the end and resolves #crypto as a browser does', () => {
    const project = new Map([
      [
        'src/a.ts',
        "import { b } from './b.ts'\nimport type { C } from './c.ts'\nimport { sha256 } from '#crypto'",
      ],
      ['src/b.ts', "export const load = () => import('./d.ts')"],
      ['src/core/crypto/default.ts', "import 'jose'"],
      ['src/d.ts', "import 'node:fs'"],
    ])
    const read: ReadSource = (file) => project.get(file)

    expect([...reachable('src/a.ts', false, read)].sort()).toEqual([
      'jose',
      'src/a.ts',
      'src/b.ts',
      'src/core/crypto/default.ts',
    ])
    expect(reachable('src/a.ts', true, read)).toContain('node:fs')
    expect(() => reachable('src/missing.ts', false, read)).toThrow(/does not exist/)
  })
})
