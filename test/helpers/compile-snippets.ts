import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What the compiler says about blocks of TypeScript, each a module of its own. Empty when all is well. They lie inside the
 * project, so that `procura/…` resolves to the build as it does for a user.
 */
export function compileSnippets(blocks: readonly string[]): string {
  mkdirSync('.procura', { recursive: true })
  const scratch = mkdtempSync('.procura/snippets-')
  try {
    const files = blocks.map((text, index) => {
      const file = join(scratch, `snippet-${index}.ts`)
      writeFileSync(file, `${text}\nexport {}\n`)
      return file
    })
    return compileFiles(files)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** What the compiler says about files within the project. Empty when all is well. */
export function compileFiles(files: readonly string[]): string {
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']
  const tsc = spawnSync(
    process.execPath,
    [
      'node_modules/typescript/bin/tsc',
      '--ignoreConfig',
      '--skipLibCheck',
      '--allowImportingTsExtensions',
      ...options,
      ...files,
    ],
    { encoding: 'utf8' },
  )
  return tsc.status === 0 ? '' : tsc.stdout
}
