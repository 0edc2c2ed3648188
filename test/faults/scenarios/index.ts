import type { Scenario } from '../scenario.ts'
import { serviceKills } from './service-kills.ts'
import { storeKills } from './store-kills.ts'

/** In the order in which `npm run faults` runs them. */
export const SCENARIOS: readonly Scenario[] = [storeKills, serviceKills]
