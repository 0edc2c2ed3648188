import type { Scenario } from '../scenario.ts'
import { storeKills } from './store-kills.ts'

/** In the order in which `npm run faults` runs them. */
export const SCENARIOS: readonly Scenario[] = [storeKills]
