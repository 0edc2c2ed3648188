import { configureGlobal } from 'fast-check'
import { inject } from 'vitest'

// The same cases in each run, so that a mutant that survives once survives again.
configureGlobal({ seed: 1 })

// This runs before the tests of each file are read, in a thread that is kept from mutant to mutant. While they are read no
// mutant is active: what they then make once (keys, signed credentials) serves other mutants too.
const stryker = Reflect.get(globalThis, '__stryker__')
if (typeof stryker === 'object' && inject('mutantActivation' as never) !== 'static')
  stryker.activeMutant = undefined
