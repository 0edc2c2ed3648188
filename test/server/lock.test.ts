import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireLock } from '../../src/server/lock.ts'

let directory: string
let file: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'procura-lock-'))
  file = join(directory, 'service.lock')
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('acquireLock', () => {
  it('holds the lock until it is given back, and leaves nothing behind', () => {
    const release = acquireLock(file)
    expect(() => acquireLock(file)).toThrow(`in use by process ${process.pid}`)
    expect(readdirSync(directory)).toEqual(['service.lock'])

    release()

    expect(existsSync(file)).toBe(false)
    acquireLock(file)()
  })

  it('refuses while another living process holds it', async () => {
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'])
    await once(other, 'spawn')
    const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    writeFileSync(file, `${other.pid} ${boot}/${stat}\n`)

    expect(() => acquireLock(file)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
    )

    other.kill('SIGKILL')
    await once(other, 'exit')
    acquireLock(file)()
  })

  it.each([
    { of: 'a process number that was given to another process', content: '1 other-boot/7\n' },
    { of: 'this process number, from before a restart', content: `${process.pid} other-boot/7\n` },
    { of: 'nothing that can be read', content: '' },
  ])('takes over a file of $of', ({ content }) => {
    writeFileSync(file, content)

    const release = acquireLock(file)

    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^${process.pid} `))
    release()
  })
})
