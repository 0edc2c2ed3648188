import type { Scenario } from '../scenario.ts'
import { callErrors } from './call-errors.ts'
import { callKills } from './call-kills.ts'
import { catchUpKills } from './catch-up-kills.ts'
import { clock } from './clock.ts'
import { diskFull } from './disk-full.ts'
import { postgresNetwork } from './postgres-network.ts'
import { postgresRestart } from './postgres-restart.ts'
import { racePostgres, raceSqlite } from './race.ts'
import { raceCascade } from './race-cascade.ts'
import { serviceKills } from './service-kills.ts'
import { signals } from './signals.ts'
import { statusHosts, statusMirrors } from './status-hosts.ts'
import { storeKills } from './store-kills.ts'
import { upgrade } from './upgrade.ts'

/** In the order in which `npm run faults` runs them. */
export const SCENARIOS: readonly Scenario[] = [
  storeKills,
  serviceKills,
  callKills,
  callErrors,
  catchUpKills,
  diskFull,
  signals,
  raceSqlite,
  racePostgres,
  raceCascade,
  postgresRestart,
  postgresNetwork,
  clock,
  statusHosts,
  statusMirrors,
  upgrade,
]
