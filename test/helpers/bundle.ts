import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile, type Plugin } from 'esbuild'
import { PLATFORM_MODULES } from './platform-modules.ts'

/** What a browser loads before it can call anything, and what may follow on first use. */
export interface Bundle {
  /** Minified, as one file, without what `import()` loads. */
  readonly bytes: number
  readonly gzipBytes: number
  /** Bytes of `bytes` by folder of `src/` or name of a package, largest first. */
  readonly parts: Readonly<Record<string, number>>
  /** Modules by path; those of packages begin with `node_modules/`. */
  readonly modules: readonly string[]
  readonly lazyModules: readonly string[]
  /** Names of packages. */
  readonly packages: readonly string[]
  readonly lazyPackages: readonly string[]
}

/** `#crypto` and its like as the condition `default` resolves them, in the sources rather than in `dist`. */
const runtimeNeutral: Plugin = {
  name: 'runtime-neutral',
  setup({ onResolve }) {
    onResolve({ filter: /^#/ }, ({ path }) => {
      const module = PLATFORM_MODULES.get(path)
      return module === undefined ? undefined : { path: resolve(module.neutral) }
    })
  },
}

/** What `import()` asks for is left where it is. */
const lazyLeftOut: Plugin = {
  name: 'lazy-left-out',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { external: true, path } : undefined,
    )
  },
}

function buildModule(entry: string, plugins: Plugin[]) {
  return build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    minify: true,
    metafile: true,
    write: false,
    outdir: 'bundle',
    logLevel: 'silent',
    plugins,
  })
}

/** Bundles an entry of `src/` as for a browser, with all dependencies. A module of Node cannot be resolved and throws. */
export async function bundle(entry: string): Promise<Bundle> {
  const { metafile } = await buildModule(entry, [runtimeNeutral])
  const eager = eagerOutputs(metafile, entry)
  const modules = modulesOf(metafile, eager)
  const lazyModules = modulesOf(metafile, Object.keys(metafile.outputs)).filter(
    (path) => !modules.includes(path),
  )
  const alone = await buildModule(entry, [lazyLeftOut, runtimeNeutral])
  const code = Buffer.concat(alone.outputFiles.map(({ contents }) => contents))
  return {
    bytes: code.length,
    gzipBytes: gzipSync(code, { level: 9 }).length,
    parts: partsOf(alone.metafile),
    modules,
    lazyModules,
    packages: packagesOf(modules),
    lazyPackages: packagesOf(lazyModules),
  }
}

/** The same as one classic script that sets `procura`, for running it in an empty realm. */
export async function bundleScript(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    globalName: 'procura',
    platform: 'browser',
    conditions: ['browser'],
    write: false,
    logLevel: 'silent',
    plugins: [runtimeNeutral],
  })
  return outputFiles.map((file) => file.text).join('\n')
}

/** The output of the entry and the chunks that it imports statically. */
function eagerOutputs({ outputs }: Metafile, entry: string): string[] {
  const first = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entry)
  const seen = new Set(first)
  for (const path of seen) {
    for (const imported of outputs[path]?.imports ?? []) {
      if (imported.kind === 'import-statement') seen.add(imported.path)
    }
  }
  return [...seen]
}

function modulesOf({ outputs }: Metafile, paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => Object.keys(outputs[path]?.inputs ?? {})))].sort()
}

function partsOf({ outputs }: Metafile): Record<string, number> {
  const parts = new Map<string, number>()
  for (const [module, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs),
  )) {
    const part = packageOf(module) ?? module.split('/').slice(0, 2).join('/')
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput)
  }
  return Object.fromEntries([...parts].sort(([, a], [, b]) => b - a))
}

function packagesOf(modules: readonly string[]): string[] {
  return [...new Set(modules.flatMap((path) => packageOf(path) ?? []))].sort()
}

function packageOf(module: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1]
}
