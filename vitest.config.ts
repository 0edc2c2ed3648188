import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: { alias: { '#crypto': src('core/crypto/node.ts'), '#gzip': src('core/gzip/node.ts') } },
  test: {
    include: ['test/**/*.test.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/{core,model,did,securing,status,delegation,verifier}/**'],
      thresholds: { lines: 95, branches: 95 },
    },
  },
})
