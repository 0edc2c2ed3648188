import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { PLATFORM_MODULES } from './platform-modules.ts'

/** One import that remains when types are erased. */
export interface ValueImport {
  readonly from: string
  /** A path from the root of the project, or the specifier of a package or of a module of Node. */
  readonly to: string
  /** `import()`: loaded on first use, not with its importer. */
  readonly isLazy: boolean
}

/** Returns the text of a file of the project, or `undefined` when there is none. */
export type ReadSource = (file: string) => string | undefined

export const readProjectFile: ReadSource = (file) =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined

/** All TypeScript files under a folder, as paths from the root of the project. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => posix.join(folder, name))
    .sort()
}

const STATIC = /^(?:import|export)\b(?!\s+type\b)(?:[^'"`;=(]*?\bfrom)?\s*['"]([^'"]+)['"]/gm
const LAZY = /(?<!\btypeof\s+)\bimport\(\s*(?:['"]([^'"]+)['"])?/g

/**
 * The value imports of one module. `import type` and `export type` are erased; `import { type A }` is not, because
 * `verbatimModuleSyntax` keeps the import itself.
 *
 * @throws {Error} for an `import()` whose target only the running program knows.
 */
export function valueImports(file: string, source: string): ValueImport[] {
  const code = source.replace(/^\s*(?:\*|\/\*|\/\/).*$/gm, '')
  const statics = [...code.matchAll(STATIC)].map(([, specifier = '']) => [specifier, false] as const)
  const lazies = [...code.matchAll(LAZY)].map(([, specifier]) => {
    if (specifier === undefined) throw new Error(`${file}: the target of import() is not written out`)
    return [specifier, true] as const
  })
  return [...statics, ...lazies].map(([specifier, isLazy]) => ({
    from: file,
    to: resolveSpecifier(file, specifier),
    isLazy,
  }))
}

/** `#crypto` and its like as a runtime other than Node resolves them. */
function resolveSpecifier(file: string, specifier: string): string {
  const relative = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier
  return PLATFORM_MODULES.get(specifier)?.neutral ?? relative
}

/**
 * Every module and package that is reached from `entry`, itself included.
 *
 * @param lazily Whether `import()` is followed as well.
 */
export function reachable(entry: string, lazily: boolean, read: ReadSource = readProjectFile): Set<string> {
  const seen = new Set<string>()
  const queue = [entry]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const source = file.startsWith('src/') ? read(file) : ''
    if (source === undefined) throw new Error(`${file} is imported but does not exist`)
    queue.push(
      ...valueImports(file, source)
        .filter((found) => lazily || !found.isLazy)
        .map((found) => found.to),
    )
  }
  return seen
}
