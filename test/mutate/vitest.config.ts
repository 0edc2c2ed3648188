import { basename, dirname, relative } from 'node:path'
import { BaseSequencer, type TestModule, type TestSpecification, type VitestPluginContext } from 'vitest/node'
import base from '../../vitest.config.ts'
import { keptThread } from './kept-thread.ts'

const ROOT = process.cwd()

/** Tests that tell about one mutant in seconds. Those of threats show the same through the whole verifier, in minutes. */
const INCLUDE = [
  ...['delegation', 'did', 'model', 'properties', 'securing', 'status', 'verifier'].map(
    (folder) => `test/${folder}/**/*.test.ts`,
  ),
  // What a receipt must not state is told nowhere else, and in seconds.
  'test/threats/receipts.test.ts',
]

/** They replace a module, which they can only do in a process of their own. */
const EXCLUDE = ['test/**/default-crypto.test.ts']

/** The tests that noticed a mutant of a file, latest first: they are likely to notice the next one too. */
const noticedBy = new Map<string, readonly string[]>()

/** The file that is mutated at present. */
let mutated = ''

const listener = {
  onTestModuleEnd(module: TestModule): void {
    if (module.ok()) return
    const { moduleId } = module
    const others = (noticedBy.get(mutated) ?? []).filter((other) => other !== moduleId)
    noticedBy.set(mutated, [moduleId, ...others])
  },
}

/**
 * Runs first the tests that are likeliest to notice a mutant: those that noticed others of its file, those of its module,
 * then those of its folder; of the others the quickest. The first that fails ends the run.
 */
class NearestFirst extends BaseSequencer {
  readonly #durations = new Map<string, number>()

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { related = [] } = this.ctx.config
    mutated = related.length === 1 ? (related[0] ?? '') : ''
    const ranked = files.map((file) => ({ file, rank: this.#rankOf(file) }))
    return ranked.sort((a, b) => a.rank - b.rank).map(({ file }) => file)
  }

  #rankOf({ project, moduleId }: TestSpecification): number {
    const key = `${project.name}:${relative(this.ctx.config.root, moduleId)}`
    const duration = this.#durations.get(key) ?? this.ctx.cache.getFileTestResults(key)?.duration ?? 0
    this.#durations.set(key, duration)
    const place = noticedBy.get(mutated)?.indexOf(moduleId) ?? -1
    if (place >= 0) return place - 3e6
    if (basename(moduleId, '.test.ts') === basename(mutated, '.ts')) return duration - 2e6
    const folder = relative(ROOT, dirname(mutated)).replace(/^src/, 'test')
    return relative(ROOT, dirname(moduleId)).startsWith(folder) ? duration - 1e6 : duration
  }
}

const config = {
  resolve: base.resolve ?? {},
  plugins: [
    {
      name: 'kept-thread',
      configureVitest({ project, vitest }: VitestPluginContext) {
        project.config.pool = keptThread.name
        Reflect.set(project.config, 'poolRunner', keptThread)
        // Which tests reach a mutant is known by then; to follow their imports again takes longer than to run them.
        const isMutated = () => Reflect.get(project.getProvidedContext(), 'mode') === 'mutant'
        Object.defineProperty(vitest.config, 'forceRerunTriggers', {
          get: () => (isMutated() ? ['**/*.ts'] : []),
        })
      },
    },
  ],
  test: {
    include: INCLUDE,
    exclude: EXCLUDE,
    setupFiles: ['test/mutate/setup.ts'],
    // A mutant that makes something wait for ever costs as much.
    testTimeout: 20_000,
    // One module graph for all files: loading it takes longer than most tests.
    isolate: false,
    reporters: [listener],
    sequence: { sequencer: NearestFirst },
  },
}

export default config
