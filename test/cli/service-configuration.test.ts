import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { write } from './files.ts'
import { run, scratch } from './run.ts'

/** A directory with a file that names a database which nobody serves, and a key-encryption key. */
function place(mode: number) {
  const directory = scratch()
  write(directory, 'database-url', 'postgres://u:secret-word@127.0.0.1:1/x\n')
  chmodSync(join(directory, 'database-url'), mode)
  write(directory, 'kek', Buffer.alloc(32, 1).toString('base64url'))
  chmodSync(join(directory, 'kek'), 0o600)
  return { directory, environment: { PROCURA_DATABASE_URL_FILE: 'database-url', PROCURA_KEK_FILE: 'kek' } }
}

it.each([
  'init --tenant acme',
  'serve',
  'fsck',
  'backup --out copies',
  'catch-up --nothing-since --yes',
  'admin recover --tenant acme',
  'key rewrap',
  'doctor',
])(
  '%s takes the database of PROCURA_DATABASE_URL_FILE, and from no file that others may read',
  async (line) => {
    const own = await run(line.split(' '), place(0o600))
    const open = await run(line.split(' '), place(0o644))

    const [ownText, openText] = [own, open].map(({ stdout, stderr }) => stdout + stderr)
    expect(ownText).toContain('the database 127.0.0.1:1/x cannot be used')
    expect(openText).toContain('others may read the secret')
    expect(`${ownText}${openText}`).not.toContain('secret-word')
  },
)

it('refuses the URL and the file at the same time', async () => {
  const { directory, environment } = place(0o600)
  const both = { ...environment, PROCURA_DATABASE_URL: 'postgres://127.0.0.1:1/y' }

  const { code, stderr } = await run(['fsck'], { directory, environment: both })

  expect(code).toBe(2)
  expect(stderr).toContain('PROCURA_DATABASE_URL and PROCURA_DATABASE_URL_FILE are both set')
})
