import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFile, PRIVATE_MODE, readText, replaceFile } from '../../src/cli/files.ts'
import type { Host } from '../../src/cli/host.ts'
import { scratch } from './run.ts'

function hostIn(directory: string): Host {
  const host: Pick<Host, 'directory'> = { directory }
  return host as Host
}

describe('readText', () => {
  it.each([
    ['a file that is not there', 'missing', 'cannot read missing: there is no such file'],
    ['a directory', 'folder', 'cannot read folder: EISDIR'],
    ['bytes that are no text', 'bytes', 'cannot read bytes: it is not UTF-8 text'],
    ['a file that is too large', 'large', 'large is too large to be read'],
  ])('refuses %s in one line', async (_, name, message) => {
    const directory = scratch()
    mkdirSync(join(directory, 'folder'))
    writeFileSync(join(directory, 'bytes'), Uint8Array.of(0xff, 0xfe))
    writeFileSync(join(directory, 'large'), new Uint8Array(16 * 1024 * 1024 + 1))

    await expect(readText(name, hostIn(directory))).rejects.toMatchObject({ code: 'unreadable', message })
  })
})

describe('replaceFile', () => {
  it('replaces what is there, makes directories, and leaves nothing beside it', () => {
    const directory = scratch()
    const file = join(directory, 'a/b')
    replaceFile(file, 'old')
    replaceFile(file, 'new', PRIVATE_MODE)

    expect(readFileSync(file, 'utf8')).toBe('new')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(directory, 'a'))).toEqual(['b'])
  })

  it('says in one line that it cannot write, and leaves nothing behind', () => {
    const directory = scratch()
    mkdirSync(join(directory, 'a'))
    const place = join(directory, 'a')

    expect(() => replaceFile(place, 'x')).toThrow(
      `cannot write ${place}: EISDIR; check the directory and its permissions`,
    )
    expect(readdirSync(directory)).toEqual(['a'])
  })
})

describe('createFile', () => {
  it('never replaces a file, and says when it cannot write', () => {
    const file = join(scratch(), 'key')
    createFile(file, 'old', PRIVATE_MODE)

    expect(() => createFile(file, 'new', PRIVATE_MODE)).toThrow(`${file} exists already`)
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(() => createFile(join(file, 'below'), 'x', PRIVATE_MODE)).toThrow(
      /cannot write \S+: (ENOTDIR|EEXIST)/,
    )
  })
})
