import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished } from 'vitest'
import { initialize } from '../../src/server/initialize.ts'
import { type RunningService, type ServiceOptions, startService } from '../../src/server/start-service.ts'
import { freePort } from './issuer-service.ts'

export let dataDir: string
export let origin: string

/** A data directory and an origin of its own for each test of the file that calls this. */
export function useDataDirectory(): void {
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'procura-start-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    origin = `http://127.0.0.1:${await freePort()}`
  })
}

/** Sets up the tenant `acme` there. */
export function init(changes: Partial<Parameters<typeof initialize>[0]> = {}): ReturnType<typeof initialize> {
  return initialize({ dataDir, tenant: 'acme', origin, ...changes })
}

/** Starts a service that is closed when the test ends. */
export async function start(changes: Partial<ServiceOptions> = {}): Promise<RunningService> {
  const service = await startService({ dataDir, logLevel: 'silent', ...changes })
  onTestFinished(() => service.close())
  return service
}

/** The code of a rejection and its message, which is one line. */
export async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    expect(message).not.toContain('\n')
    return `${code} ${message}`
  }
}
