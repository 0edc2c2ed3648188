/** How mutants are made and tried. run.mjs says which files, and where the report goes. */
const config = {
  testRunner: 'vitest',
  plugins: [
    new URL('node_modules/@stryker-mutator/vitest-runner/dist/src/index.js', import.meta.url).pathname,
  ],
  vitest: { configFile: 'test/mutate/vitest.config.ts', related: true },
  coverageAnalysis: 'perTest',
  // The compiler of this project has no programming interface, and vitest needs none.
  tsconfigFile: 'none',
  disableTypeChecks: false,
  symlinkNodeModules: true,
  ignorePatterns: ['dist', 'coverage', 'docs', 'examples', 'test/*/node_modules'],
  jsonReporter: { fileName: process.env.PROCURA_MUTATE_REPORT },
  // One operator at a time. Texts are for people or compared by tests as names, and what empties a block or a list is
  // seldom a mistake that somebody makes.
  mutator: { excludedMutations: ['StringLiteral', 'ObjectLiteral', 'ArrayDeclaration', 'BlockStatement'] },
  timeoutMS: 20_000,
}

export default config
