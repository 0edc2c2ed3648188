import { expect, it } from 'vitest'
import { sample } from './sample.ts'
import { statusHosts, statusMirrors } from './scenarios/status-hosts.ts'

it('accepts nothing revoked beyond its bound, and refuses nothing good that it has fresh status of, whatever the host of status serves, while the issuer is away, clocks are off and the verifier is killed [SH-01]', {
  timeout: 240_000,
}, async (ctx) => {
  const counts = await sample(ctx, statusHosts, 2)

  expect(counts.verdicts).toBeGreaterThan(1_000)
  expect(counts.accepted).toBeGreaterThan(100)
  expect(counts.kills).toBeGreaterThan(0)
  expect(counts['hostile hosts']).toBeGreaterThan(5)
})

it('goes on with one honest mirror as if there were nothing else, whatever the first place and another mirror serve [SH-02]', {
  timeout: 240_000,
}, async (ctx) => {
  const counts = await sample(ctx, statusMirrors, 2)

  expect(counts.verdicts).toBeGreaterThan(1_000)
  expect(counts.accepted).toBeGreaterThan(100)
  expect(counts['hostile hosts']).toBeGreaterThan(5)
})
