import type { Route } from '../http/route.ts'
import { agentRoutes } from './agents.ts'
import { auditRoutes } from './audit.ts'
import { auditTileRoutes } from './audit-tiles.ts'
import { chainRoutes } from './chains.ts'
import { delegationRoutes } from './delegations.ts'
import { emergencyRoutes } from './emergency.ts'
import { enrolmentRoutes } from './enrolments.ts'
import { identifierRoutes } from './identifiers.ts'
import { keyRoutes } from './keys.ts'
import { leaseRoutes } from './leases.ts'
import { openApiRoute } from './open-api.ts'
import { ownerRoutes } from './owners.ts'
import { registryRoutes } from './registry.ts'
import { retirementRoutes } from './retirement.ts'
import { runRoutes } from './runs.ts'
import { statusRoutes } from './status.ts'
import { streamRoutes } from './streams.ts'
import { transmitterRoutes } from './transmitters.ts'
import { webhookRoutes } from './webhooks.ts'
import { wellKnownRoutes } from './well-known.ts'

/** Every route of the API, and who may call it: the one list that the router, the documentation and the tests read. */
export const ROUTES: readonly Route[] = [
  ...ownerRoutes,
  ...agentRoutes,
  ...retirementRoutes,
  ...enrolmentRoutes,
  ...delegationRoutes,
  ...runRoutes,
  ...leaseRoutes,
  ...chainRoutes,
  ...registryRoutes,
  ...auditRoutes,
  ...keyRoutes,
  ...emergencyRoutes,
  ...transmitterRoutes,
  ...webhookRoutes,
  ...wellKnownRoutes,
  ...identifierRoutes,
  ...streamRoutes,
  ...statusRoutes,
  ...auditTileRoutes,
  openApiRoute(() => ROUTES),
]
