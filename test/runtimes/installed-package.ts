import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/*
 * The package as it is published, where runtimes find it: packed by npm and unpacked below a `node_modules`. What it
 * depends on is found further up, in that of the project.
 */

const PROGRAMS = 'test/vectors/programs'

/** A folder with the package installed. Remove it when it is no longer needed. */
export interface InstalledPackage {
  readonly folder: string
  /** Bundles a program, but not the package, which the runtime is to find itself. @returns Path of the program. */
  program(name: string): Promise<string>
  /** Bundles a program and all that it needs. @returns Path of the bundle. */
  bundle(name: string, conditions: readonly string[]): Promise<string>
  remove(): void
}

/** Packs and unpacks what is built in `dist/`. */
export function installPackage(): InstalledPackage {
  mkdirSync('test/runtimes/.consumers', { recursive: true })
  const folder = mkdtempSync(resolve('test/runtimes/.consumers/run-'))
  const packed = run('npm', ['pack', '--loglevel=error', '--ignore-scripts', '--pack-destination', folder])
  const target = join(folder, 'node_modules', 'procura')
  mkdirSync(target, { recursive: true })
  run('tar', [
    '-xzf',
    join(folder, packed.trim().split('\n').at(-1) ?? ''),
    '-C',
    target,
    '--strip-components=1',
  ])
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const program = (name: string) => link(`${PROGRAMS}/${name}.ts`, join(folder, `${name}.js`))
  return {
    folder,
    program,
    bundle: async (name, conditions) =>
      link(await program(name), join(folder, `${name}-bundle.js`), [...conditions]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A package of JSON-LD contexts makes addresses from it, which nobody reads; workerd has none (docs/runtimes.md). */
const DEFINE = { 'import.meta.url': '"file:///bundle.js"' }

/** With conditions it takes in the package and all that it depends on; without, it leaves the package to be found. */
async function link(entry: string, outfile: string, conditions?: string[]): Promise<string> {
  const whole =
    conditions === undefined
      ? { platform: 'neutral' as const, external: ['procura/*'] }
      : { platform: 'browser' as const, conditions, define: DEFINE }
  await build({ entryPoints: [entry], bundle: true, format: 'esm', outfile, logLevel: 'silent', ...whole })
  return outfile
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args[0]} failed:\n${stderr}`)
  return stdout
}
