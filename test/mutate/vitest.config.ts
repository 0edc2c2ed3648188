import base from '../../vitest.config.ts'

/** Tests that tell about one mutant in seconds. Those of threats show the same through the whole verifier, in minutes. */
const INCLUDE = ['delegation', 'did', 'model', 'properties', 'securing', 'status', 'verifier'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
)

const config = { resolve: base.resolve ?? {}, test: { include: INCLUDE, testTimeout: 60_000 } }

export default config
