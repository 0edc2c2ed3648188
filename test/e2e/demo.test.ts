import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DemoReport } from '../../src/cli/demo/steps.ts'

const LIMIT_MS = 60_000

const temporary = mkdtempSync(join(tmpdir(), 'procura-demo-test-'))
let status: number | null
let report: DemoReport

beforeAll(() => {
  const args = ['dist/cli/main.js', 'demo', '--json']
  const env = { ...process.env, TMPDIR: temporary }
  const demo = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: LIMIT_MS, env })
  status = demo.status
  report = JSON.parse(demo.stdout)
}, LIMIT_MS)

afterAll(() => rmSync(temporary, { recursive: true, force: true }))

function outcomesOf(name: string): string[] {
  return report.steps.filter((step) => step.name.includes(name)).map(({ got }) => got)
}

describe('the demo', () => {
  it('ends well, every step having done what it should', () => {
    expect(report.steps.filter((step) => !step.ok)).toEqual([])
    expect(report.steps.length).toBeGreaterThan(20)
    expect({ status, ok: report.ok }).toEqual({ status: 0, ok: true })
  })

  it('shows a service that never asks the issuer in order to verify [S3]', () => {
    expect(report.issuerCallsDuringVerify).toBe(0)
    expect(outcomesOf('with no issuer anywhere')).toEqual(['allowed'])
  })

  it('says how long a revocation took to be refused [L5]', () => {
    expect(report.revokeToRefusedMs).toBeGreaterThan(0)
  })

  it('shows a refusal that is inherited, and one by which the parent goes on', () => {
    expect(outcomesOf('never revoked')).toEqual(['revoked at link 1 (inherited)'])
    expect(outcomesOf('its parent')).toEqual(['allowed'])
  })

  it('shows one chain that mixes mechanisms, accepted and then revoked', () => {
    expect(outcomesOf('with a chain of both')).toEqual(['allowed'])
    expect(outcomesOf('its sub-agent reads')).toEqual(['allowed', 'revoked at link 1 (inherited)'])
  })

  it('leaves no file behind', () => {
    expect(readdirSync(temporary)).toEqual([])
  })
})
