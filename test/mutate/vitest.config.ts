import { basename, dirname, relative } from 'node:path'
import { BaseSequencer, type TestSpecification, type VitestPluginContext } from 'vitest/node'
import base from '../../vitest.config.ts'
import { keptThread } from './kept-thread.ts'

const ROOT = process.cwd()

/** Tests that tell about one mutant in seconds. Those of threats show the same through the whole verifier, in minutes. */
const INCLUDE = ['delegation', 'did', 'model', 'properties', 'securing', 'status', 'verifier'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
)

/** They replace a module, which they can only do in a process of their own. */
const EXCLUDE = ['test/**/default-crypto.test.ts']

/**
 * Runs first the tests that are likeliest to notice a mutant: those of its module, then those of its folder, and of the
 * others the quickest. The first that fails ends the run.
 */
class NearestFirst extends BaseSequencer {
  readonly #durations = new Map<string, number>()

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const mutated = this.ctx.config.related?.length === 1 ? this.ctx.config.related[0] : undefined
    const ranked = files.map((file) => ({ file, rank: this.#rankOf(file, mutated) }))
    return ranked.sort((a, b) => a.rank - b.rank).map(({ file }) => file)
  }

  #rankOf({ project, moduleId }: TestSpecification, mutated = ''): number {
    const key = `${project.name}:${relative(this.ctx.config.root, moduleId)}`
    const duration = this.#durations.get(key) ?? this.ctx.cache.getFileTestResults(key)?.duration ?? 0
    this.#durations.set(key, duration)
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
      configureVitest({ project }: VitestPluginContext) {
        project.config.pool = keptThread.name
        Reflect.set(project.config, 'poolRunner', keptThread)
      },
    },
  ],
  test: {
    include: INCLUDE,
    exclude: EXCLUDE,
    setupFiles: ['test/mutate/setup.ts'],
    testTimeout: 60_000,
    // One module graph for all files: loading it takes longer than most tests.
    isolate: false,
    sequence: { sequencer: NearestFirst },
  },
}

export default config
