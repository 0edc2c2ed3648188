import { readFileSync } from 'node:fs'

/** The two sources behind a name such as `#crypto`, by path from the root of the project. */
export interface PlatformModule {
  readonly node: string
  readonly neutral: string
}

interface Manifest {
  readonly imports: Readonly<Record<string, { readonly node: string; readonly default: string }>>
}

const { imports } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

/** `imports` of package.json: the one way to Node's own modules, chosen by the runtime's condition. */
export const PLATFORM_MODULES: ReadonlyMap<string, PlatformModule> = new Map(
  Object.entries(imports).map(([name, paths]) => [
    name,
    { node: sourceOf(paths.node), neutral: sourceOf(paths.default) },
  ]),
)

function sourceOf(built: string): string {
  return built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
}
