/** How mutants are made and tried. run.ts says which files. */
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
  jsonReporter: { fileName: 'coverage/mutation.json' },
  htmlReporter: { fileName: 'coverage/mutation.html' },
  // One operator at a time. Texts are for people or compared by tests as names, and what empties a block or a list is
  // seldom a mistake that somebody makes.
  mutator: { excludedMutations: ['StringLiteral', 'ObjectLiteral', 'ArrayDeclaration', 'BlockStatement'] },
  // What a module computes once while it loads would need all tests, each time in a new thread.
  ignoreStatic: true,
  timeoutMS: 10_000,
  // All tests that reach anything run once in one thread, whose modules stay.
  testRunnerNodeArgs: ['--max-old-space-size=9000'],
}

export default config
