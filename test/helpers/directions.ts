/** A place in `src/` and what it may import beside itself, errors, refusals and their sentences. */
export interface Direction {
  /** A folder, or a file at the top. */
  readonly folder: string
  /** Folders, or single files of one. `*` is anything. */
  readonly mayImport: readonly string[]
  /** Whether it may meet code that signs: a verifier must never pull in a signer. */
  readonly maySign: boolean
  /** Runs on any runtime: no module of Node is imported when it is loaded, and no package that only a server needs. */
  readonly isNeutral: boolean
}

const NOUNS = ['core', 'model', 'did']

/** docs/architecture.md, "Import directions". biome.json says the same for the editor; a test compares the two. */
export const DIRECTIONS: readonly Direction[] = [
  { folder: 'core', mayImport: [], maySign: false, isNeutral: true },
  { folder: 'model', mayImport: ['core'], maySign: false, isNeutral: true },
  { folder: 'did', mayImport: ['core', 'model'], maySign: false, isNeutral: true },
  { folder: 'securing', mayImport: NOUNS, maySign: true, isNeutral: true },
  { folder: 'vcdm', mayImport: [...NOUNS, 'securing'], maySign: false, isNeutral: true },
  { folder: 'status', mayImport: [...NOUNS, 'securing'], maySign: false, isNeutral: true },
  { folder: 'delegation', mayImport: [...NOUNS, 'securing'], maySign: false, isNeutral: true },
  {
    folder: 'verifier',
    mayImport: [...NOUNS, 'securing', 'status', 'delegation'],
    maySign: false,
    isNeutral: true,
  },
  {
    folder: 'holder',
    mayImport: [...NOUNS, 'securing', 'status', 'delegation'],
    maySign: true,
    isNeutral: true,
  },
  {
    folder: 'issuer',
    mayImport: [...NOUNS, 'securing', 'status', 'delegation'],
    maySign: true,
    isNeutral: true,
  },
  { folder: 'webhooks', mayImport: [...NOUNS, 'securing'], maySign: false, isNeutral: true },
  { folder: 'adapters', mayImport: [...NOUNS, 'verifier'], maySign: false, isNeutral: false },
  { folder: 'stores', mayImport: [...NOUNS, 'verifier/ports.ts'], maySign: false, isNeutral: false },
  {
    folder: 'index.ts',
    mayImport: [...NOUNS, 'securing', 'status', 'delegation', 'verifier', 'holder'],
    maySign: true,
    isNeutral: true,
  },
  { folder: 'server', mayImport: ['*'], maySign: true, isNeutral: false },
  { folder: 'cli', mayImport: ['*'], maySign: true, isNeutral: false },
]

/** What only the service needs. */
export const SERVER_PACKAGES = [
  'express',
  'express-rate-limit',
  'helmet',
  'pg',
  'kysely',
  'pino',
  'prom-client',
  'commander',
  'yaml',
  'zod',
]

/** `src/securing/…/sign.ts`, `sign-bytes.ts`, `local-signer.ts`; not `signature-base.ts`, which both sides share. */
export function isSigning(file: string): boolean {
  return file.startsWith('src/securing/') && /(^|[/-])sign(er)?(-[^/]*)?\.ts$/.test(file)
}

/** The folder of `src/` that a file is in; its name for a file at the top. */
export function folderOf(file: string): string {
  return file.split('/')[1] ?? file
}
