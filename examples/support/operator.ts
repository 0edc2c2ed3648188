import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What the operator of a service does before it starts: says by `AUDIENCE` what callers write, and puts files into its
 * working directory. That goes away with the block that uses it.
 *
 * @param files What is in them, by name.
 */
export async function operate(
  audience: string,
  files: Readonly<Record<string, object>>,
): Promise<AsyncDisposable> {
  const before = process.cwd()
  const directory = await mkdtemp(join(tmpdir(), 'procura-example-'))
  process.chdir(directory)
  process.env.AUDIENCE = audience
  for (const [name, value] of Object.entries(files)) await writeFile(name, JSON.stringify(value))
  return {
    [Symbol.asyncDispose]: async () => {
      process.chdir(before)
      await rm(directory, { recursive: true })
    },
  }
}
