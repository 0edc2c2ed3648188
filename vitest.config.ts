import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import manifest from './package.json' with { type: 'json' }

/** `#crypto` and its like, as Node resolves them, in the sources rather than in `dist`. */
const platformModules = Object.fromEntries(
  Object.entries(manifest.imports).map(([name, { node }]) => [
    name,
    fileURLToPath(new URL(node.replace('./dist/', './src/').replace('.js', '.ts'), import.meta.url)),
  ]),
)

/** Tests that start processes, servers or compilers, or try thousands of cases; they wait longer and stay out of the quick loop. */
const FOLDERS = [
  'conformance',
  'docs',
  'e2e',
  'examples',
  'faults',
  'packaging',
  'properties',
  'runtimes',
].map((folder) => `test/${folder}/**/*.test.ts`)
/** What a store does, whatever database it is in; run once on files and once on a server. */
const OF_ANY_STORE = [
  'agents',
  'audit-log',
  'audit-tree',
  'backup',
  'catch-up',
  'deliveries',
  'emergency',
  'fsck',
  'cascade-preview',
  'enrolments',
  'holds',
  'issuing',
  'keys',
  'offboarding',
  'party-keys',
  'principals',
  'publication',
  'registry',
  'renewal',
  'revocation',
  'rotation',
  'run-succession',
  'runs',
  'signals',
  'store',
  'tenancy',
  'transfer',
].map((name) => `test/server/store/${name}.test.ts`)
const ON_POSTGRES = ['test/{server/store,stores}/postgres/**/*.test.ts']

/** Tests that put another module in the place of one. */
const MOCKING = [
  'test/**/default-crypto.test.ts',
  'test/server/store/store-thread.test.ts',
  'test/threats/limits.test.ts',
]

const WHOLE = [...FOLDERS, 'test/threats/mutations.test.ts', 'test/fuzz/*.test.ts']

export default defineConfig({
  resolve: { alias: platformModules },
  test: {
    // A second is short where the cores are busy with other files.
    expect: { poll: { timeout: 30_000 } },
    // On two cores the default is one worker, and the tests that wait for processes leave it idle.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...WHOLE, ...ON_POSTGRES, ...MOCKING, '**/node_modules/**'],
          // Files share the modules that they import: to import these anew for each takes a quarter of the time.
          isolate: false,
          // No test tells the time: on a machine that is busy with something else they only take longer.
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: { name: 'mocking', include: MOCKING, testTimeout: 90_000, hookTimeout: 90_000 },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          isolate: false,
          include: [...OF_ANY_STORE, ...ON_POSTGRES],
          globalSetup: 'test/helpers/postgres-setup.ts',
          setupFiles: 'test/helpers/require-postgres.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'whole', include: WHOLE, testTimeout: 120_000, hookTimeout: 120_000 },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/{core,model,did,securing,status,delegation,verifier}/**'],
      reporter: ['json-summary', ['text', { file: 'coverage.txt', skipFull: true, maxCols: 140 }]],
      reportOnFailure: true,
    },
  },
})
