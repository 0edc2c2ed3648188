import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDirectoryTarget } from '../../../src/server/publication/directory-target.ts'
import { failure, useDataDirectory } from '../../helpers/data-directory.ts'
import { fileOf, ORIGIN, openDirectory, temporaryFolder } from './targets.ts'

useDataDirectory()

/** As a mirror of `procura status pull` has it. */
const HOST = '127.0.0.1_8787'

describe('a directory', () => {
  it('has the files below the host, as a mirror has them, and readable by the account of a web server', async () => {
    const folder = await temporaryFolder()
    const target = await openDirectory(folder)
    await target.replace(fileOf('status/acme/head', 'a head'), undefined)
    const path = join(folder, HOST, 'status/acme/head')

    expect(await readFile(path, 'utf8')).toBe('a head')
    expect((await stat(path)).mode & 0o044).toBe(0o044)
  })

  it('is readable by the account of a web server under a umask that keeps others out', async () => {
    const folder = await temporaryFolder()
    const before = process.umask(0o077)
    onTestFinished(() => void process.umask(before))
    const target = await openDirectory(join(folder, 'public'))
    await target.replace(fileOf('status/acme/head'), undefined)

    const modes: number[] = []
    for (const path of ['', HOST, `${HOST}/status`, `${HOST}/status/acme`, `${HOST}/status/acme/head`]) {
      modes.push((await stat(join(folder, 'public', path))).mode & 0o777)
    }
    expect(modes).toEqual([0o755, 0o755, 0o755, 0o755, 0o644])
    expect((await stat(join(folder, 'public', '.procura'))).mode & 0o777).toBe(0o700)
  })

  it('keeps nothing unfinished among what is served, and clears what a killed process left aside [ST-07]', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, '.procura'), { recursive: true })
    await writeFile(join(folder, '.procura', 'left.part'), 'half a li')
    const target = await openDirectory(folder)
    await target.replace(fileOf('status/acme/head'), undefined)

    expect(await readdir(join(folder, '.procura'))).toEqual(['lock'])
    expect(await readdir(join(folder, HOST), { recursive: true })).toEqual([
      'status',
      'status/acme',
      'status/acme/head',
    ])
  })

  it('is for one service at a time', async () => {
    const folder = await temporaryFolder()
    const first = await openDirectoryTarget(folder, ORIGIN)

    expect(await failure(openDirectoryTarget(folder, ORIGIN))).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION .* in use by/,
    )
    first.close()
    expect(await failure(openDirectory(folder))).toBe('none')
  })

  it('says when it cannot be made', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'file'), '')

    expect(await failure(openDirectory(join(folder, 'file')))).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION cannot publish into .*ENOTDIR|EEXIST/,
    )
  })

  it('cannot show a part of a file to somebody who reads while it is replaced [PB-01]', async () => {
    const target = await openDirectory()
    const bodies = ['a', 'b'].map((letter) => letter.repeat(300_000))
    let tag = await target.replace(fileOf('status/acme/r1.jwt', bodies[0]), undefined)
    let isDone = false
    const seen = new Set<string>()
    const reading = (async () => {
      while (!isDone) seen.add((await target.read('status/acme/r1.jwt'))?.body ?? 'none')
    })()
    for (let i = 1; i <= 100; i++)
      tag = await target.replace(fileOf('status/acme/r1.jwt', bodies[i % 2]), tag)
    isDone = true
    await reading

    expect([...seen].sort()).toEqual(bodies)
  })
})
