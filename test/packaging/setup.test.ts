import { type ChildProcess, spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** Stands for npm: `ci` installs a Node that is this one and a compiler that copies; each run leaves a line in npm.log. */
const NPM = `#!${process.execPath}
const fs = require('node:fs')
fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n')
if (fs.existsSync('npm-fails')) { console.error('no such package'); process.exit(1) }
setTimeout(() => {
  fs.rmSync('node_modules', { recursive: true, force: true })
  fs.mkdirSync('node_modules/.bin', { recursive: true })
  fs.mkdirSync('node_modules/typescript/bin', { recursive: true })
  if (fs.existsSync('old-node')) {
    fs.writeFileSync('node_modules/.bin/node', '#!/bin/sh\\necho 20.0.0\\n', { mode: 0o755 })
  } else fs.symlinkSync(process.execPath, 'node_modules/.bin/node')
  fs.writeFileSync('node_modules/typescript/bin/tsc',
    "const fs = require('node:fs'); fs.appendFileSync('tsc.log', 'x'); fs.cpSync('src', 'dist', { recursive: true })")
  console.log('added 2 packages')
}, 150)
`

let scratch: string
let project: string
let children: ChildProcess[]

beforeEach(() => {
  children = []
  scratch = mkdtempSync(join(tmpdir(), 'setup-'))
  project = join(scratch, 'project')
  cpSync('.ci/setup.mjs', join(project, '.ci/setup.mjs'))
  write('package.json', '{ "type": "module" }')
  for (const file of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) write(file, '{}')
  write('src/main.js', 'console.log(JSON.stringify(process.argv.slice(2)))')
  write('../bin/npm', NPM)
  chmodSync(join(scratch, 'bin/npm'), 0o755)
})

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(scratch, { recursive: true, force: true })
})

function write(file: string, text: string): void {
  mkdirSync(dirname(join(project, file)), { recursive: true })
  writeFileSync(join(project, file), text)
}

function start(...args: string[]): ChildProcess {
  const PATH = [join(scratch, 'bin'), process.env.PATH].join(delimiter)
  const child = spawn(process.execPath, [join(project, '.ci/setup.mjs'), ...args], {
    cwd: project,
    env: { ...process.env, PATH },
  })
  children.push(child)
  return child
}

interface Ended {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

function ended(child: ChildProcess): Promise<Ended> {
  const printed = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => {
    printed.stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    printed.stderr += chunk
  })
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...printed }))
  })
}

function setup(...args: string[]): Promise<Ended> {
  return ended(start(...args))
}

function linesOf(file: string): number {
  return existsSync(join(project, file))
    ? readFileSync(join(project, file), 'utf8').split('\n').length - 1
    : 0
}

function builds(): number {
  return existsSync(join(project, 'tsc.log')) ? readFileSync(join(project, 'tsc.log'), 'utf8').length : 0
}

describe('the setup step', () => {
  it('installs, builds and hands over, with nothing but the script on stdout', async () => {
    const result = await setup('dist/main.js', 'demo', '--json')

    expect(result).toMatchObject({ code: 0, stdout: '["demo","--json"]\n' })
    expect(result.stderr).toMatch(/^setup: npm ci … [\d.]+ s build … [\d.]+ s\n$/)
  })

  it('leaves the command line as a program that can be run, also after it was built anew', async () => {
    write('src/cli/main.js', '')
    await setup('dist/main.js')
    await setup('--rebuild')

    expect(statSync(join(project, 'dist/cli/main.js')).mode & 0o777).toBe(0o755)
    expect(statSync(join(project, 'dist/main.js')).mode & 0o111).toBe(0)
  })

  it('does nothing, silently, when nothing has changed', async () => {
    await setup('dist/main.js')

    expect(await setup('dist/main.js')).toMatchObject({ code: 0, stderr: '' })
    expect({ installs: linesOf('npm.log'), builds: builds() }).toEqual({ installs: 1, builds: 1 })
  })

  it('installs again when the lockfile has changed', async () => {
    await setup('dist/main.js')
    write('package-lock.json', '{ "changed": true }')
    await setup('dist/main.js')

    expect(linesOf('npm.log')).toBe(2)
  })

  it('builds again when a source has changed, from nothing', async () => {
    await setup('dist/main.js')
    write('src/added.js', '')
    rmSync(join(project, 'src/main.js'))
    await setup()

    expect(builds()).toBe(2)
    expect(existsSync(join(project, 'dist/main.js'))).toBe(false)
  })

  it('does not build for a script that builds by itself', async () => {
    expect(await setup('--no-build', 'src/main.js')).toMatchObject({ code: 0 })
    expect(builds()).toBe(0)
  })

  it('ends with the exit code of the script', async () => {
    write('src/main.js', 'process.exitCode = 3')

    expect(await setup('dist/main.js')).toMatchObject({ code: 3, signal: null })
  })

  it('passes a signal on and ends by it as the script does', async () => {
    write('src/main.js', 'console.log("up"); setInterval(() => {}, 1000)')
    const child = start('dist/main.js')
    child.stdout?.once('data', () => child.kill('SIGTERM'))

    expect(await ended(child)).toMatchObject({ code: null, signal: 'SIGTERM', stdout: 'up\n' })
  })

  it('lets a script end by itself after a signal', async () => {
    write(
      'src/main.js',
      'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 9); console.log("up")',
    )
    const child = start('dist/main.js')
    child.stdout?.once('data', () => child.kill('SIGTERM'))

    expect(await ended(child)).toMatchObject({ code: 0, signal: null })
  })

  it('shows what npm printed when it fails, and tries again the next time', async () => {
    write('npm-fails', '')
    const failed = await setup('dist/main.js')
    rmSync(join(project, 'npm-fails'))

    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toContain('no such package')
    expect(await setup('dist/main.js')).toMatchObject({ code: 0 })
  })

  it('refuses an installation without the Node that the project is developed on', async () => {
    write('old-node', '')

    const result = await setup('dist/main.js')

    expect(result.code).toBe(1)
    expect(result.stderr).toContain('node_modules/.bin/node is Node 20.0.0, not 24')
  })

  it('lets only one of three install at a time', async () => {
    const results = await Promise.all([setup('dist/main.js'), setup('dist/main.js'), setup('dist/main.js')])

    expect(results.map((result) => result.code)).toEqual([0, 0, 0])
    expect({ installs: linesOf('npm.log'), builds: builds() }).toEqual({ installs: 1, builds: 1 })
  })

  it('takes over the lock of a process that has died', async () => {
    const dead = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => dead.on('close', resolve))
    write('.ci/.setup.lock', String(dead.pid))

    expect(await setup('dist/main.js')).toMatchObject({ code: 0 })
    expect(existsSync(join(project, '.ci/.setup.lock'))).toBe(false)
  })

  it('waits for a lock whose holder lives', async () => {
    write('.ci/.setup.lock', String(process.pid))
    const child = start('dist/main.js')
    child.stderr?.once('data', () => {
      appendFileSync(join(project, 'npm.log'), 'released\n')
      rmSync(join(project, '.ci/.setup.lock'))
    })

    expect(await ended(child)).toMatchObject({ code: 0 })
    expect(readFileSync(join(project, 'npm.log'), 'utf8')).toMatch(/^released\nci /)
  })
})
