import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { directoryFetch, mirrorPath } from '../../src/cli/status/directory-fetch.ts'
import { write } from './files.ts'
import { scratch } from './run.ts'

describe('mirrorPath', () => {
  it.each([
    ['https://id.example/status/acme/head', '/mirror/id.example/status/acme/head'],
    ['http://127.0.0.1:8787/status/acme/r1/17', '/mirror/127.0.0.1_8787/status/acme/r1/17'],
    ['http://[::1]:8787/status/r1', '/mirror/[__1]_8787/status/r1'],
  ])('puts %s at %s', (url, path) => {
    expect(mirrorPath('/mirror', url)).toBe(path)
  })

  it.each([
    'https://id.example/../../etc/passwd',
    'https://id.example/a/%2e%2e/b',
    'https://id.example/a?b=c',
    'https://user@id.example/a',
    'file:///etc/passwd',
    'https://id.example/',
    'nonsense',
  ])('has no place for %s', (url) => {
    expect(mirrorPath('/mirror', url)).toBeUndefined()
  })

  it('never leaves the mirror, whatever the URL', () => {
    const segment = fc.constantFrom('..', '.', '', 'a', '%2e%2e', '..%2f', 'status', '~')
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
        const path = mirrorPath('/mirror', `https://id.example/${segments.join('/')}`)

        expect(path === undefined || path.startsWith('/mirror/id.example/')).toBe(true)
      }),
    )
  })
})

describe('directoryFetch', () => {
  it('answers a file with 200, and 404 for what is not there', async () => {
    const directory = scratch()
    mkdirSync(join(directory, 'id.example/status'), { recursive: true })
    write(join(directory, 'id.example/status'), 'head', 'a.b.c')
    const fetch = directoryFetch(directory)

    const found = await fetch('https://id.example/status/head')
    expect([found.status, await found.text()]).toEqual([200, 'a.b.c'])
    expect((await fetch('https://id.example/status/other')).status).toBe(404)
    expect((await fetch('https://id.example/status')).status).toBe(404)
    expect((await fetch('https://id.example/status/head/below')).status).toBe(404)
    expect((await fetch('https://id.example/a?b')).status).toBe(404)
  })
})
