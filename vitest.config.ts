import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** Tests that start processes, servers or compilers; they wait longer and stay out of the quick loop. */
const WHOLE = ['conformance', 'docs', 'e2e', 'examples', 'faults', 'packaging', 'properties'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
)

export default defineConfig({
  resolve: {
    alias: {
      '#base64url': src('core/base64url/node.ts'),
      '#crypto': src('core/crypto/node.ts'),
      '#gzip': src('core/gzip/node.ts'),
    },
  },
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: WHOLE } },
      {
        extends: true,
        test: { name: 'whole', include: WHOLE, testTimeout: 60_000, hookTimeout: 60_000 },
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
