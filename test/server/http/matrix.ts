/**
 * Who may call what (docs/api.md "Who may do what"), written apart from the route table. Upper case: anybody's in
 * the tenant; lower case: only what is theirs. D admin, U auditor, R revoker, O owner, G agent.
 */
export const MATRIX: Readonly<Record<string, string>> = {
  'POST /v1/owners': 'D',
  'GET /v1/owners': 'DURo',
  'GET /v1/owners/:id': 'DURo',
  'PATCH /v1/owners/:id': 'D',
  'POST /v1/owners/:id/keys': 'Do',
  'POST /v1/owners/:id/suspend': 'DR',
  'POST /v1/owners/:id/resume': 'DR',
  'POST /v1/owners/:id/offboard': 'D',
  'POST /v1/agents': 'Do',
  'GET /v1/agents': 'DURo',
  'GET /v1/agents/:id': 'DURog',
  'GET /v1/agents/:id/dependants': 'DURog',
  'PATCH /v1/agents/:id': 'Do',
  'POST /v1/agents/:id/transfer': 'D',
  'POST /v1/agents/:id/suspend': 'DRo',
  'POST /v1/agents/:id/resume': 'DRo',
  'POST /v1/agents/:id/keys': 'Dog',
  'POST /v1/agents/:id/revoke': 'DRo',
  'POST /v1/agents/:id/retire': 'Do',
  'POST /v1/agents/:id/sign-off': 'Do',
  'GET /v1/agents/:id/evidence': 'DUo',
  'POST /v1/enrolments': 'Do',
  'GET /v1/enrolments': 'DURo',
  'POST /v1/enrolments/:id/withdraw': 'DRo',
  'POST /v1/delegations': 'Do',
  'POST /v1/delegations/batch': 'Do',
  'GET /v1/delegations': 'DURog',
  'GET /v1/delegations/:id': 'DURog',
  'PATCH /v1/delegations/:id': 'Do',
  'GET /v1/delegations/:id/credential': 'DURog',
  'POST /v1/delegations/:id/credential': 'Dog',
  'POST /v1/delegations/:id/suspend': 'DRo',
  'POST /v1/delegations/:id/resume': 'DRo',
  'POST /v1/delegations/:id/revoke': 'DRog',
  'POST /v1/runs': 'g',
  'GET /v1/runs': 'DURog',
  'GET /v1/runs/:id': 'DURog',
  'POST /v1/runs/:id/complete': 'Dog',
  'POST /v1/runs/:id/revoke': 'DRog',
  'POST /v1/leases/revoke': 'DRog',
  'POST /v1/leases/suspend': 'DRog',
  'POST /v1/leases/resume': 'DRog',
  'GET /v1/whoami': 'DUROG',
  'POST /v1/principals': 'D',
  'GET /v1/principals': 'DU',
  'DELETE /v1/principals/:did': 'D',
  'GET /v1/audit': 'DU',
  'GET /v1/audit/checkpoint': 'DU',
  'GET /v1/audit/proofs/inclusion': 'DU',
  'GET /v1/audit/proofs/consistency': 'DU',
  'GET /v1/keys': 'DU',
  'POST /v1/keys/rotate': 'D',
  'POST /v1/keys/schedule': 'D',
  'GET /v1/keys/schedule': 'DU',
  'POST /v1/keys/revoke': 'D',
  'GET /v1/audit/export': 'DU',
  'POST /v1/emergency': 'D',
  'GET /v1/emergency': 'DU',
  'POST /v1/signals/transmitters': 'D',
  'GET /v1/signals/transmitters': 'DU',
  'DELETE /v1/signals/transmitters/:id': 'D',
  'POST /v1/webhooks': 'D',
  'GET /v1/webhooks': 'DU',
  'GET /v1/webhooks/:id': 'DU',
  'PATCH /v1/webhooks/:id': 'D',
  'DELETE /v1/webhooks/:id': 'D',
  'GET /v1/webhooks/:id/deliveries': 'DU',
  'POST /v1/webhooks/:id/redeliver': 'D',
  'POST /v1/webhooks/:id/test': 'D',
}

/** Bodies of routes about one thing, other than none and `{ reason }`. */
const BODIES: Readonly<Record<string, object>> = {
  'PATCH /v1/agents/:id': { name: 'Mine' },
  'POST /v1/agents/:id/retire': { reason: 'to harm', trigger: 'risk' },
  'POST /v1/agents/:id/transfer': { owner: 'own_mine', reason: 'to harm' },
  'POST /v1/agents/:id/keys': { did: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK' },
}

/** What one would send to do harm. */
export function bodyFor(route: string): object {
  const verb = route.split('/').at(-1) ?? ''
  return (
    BODIES[route] ??
    (['revoke', 'suspend', 'offboard', 'withdraw'].includes(verb) ? { reason: 'to harm' } : {})
  )
}
