import type { DefineCommand } from './cli.ts'

/** A command of the first level. Its module is loaded when the command is used, so that the program starts fast. */
export interface CommandEntry {
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  load(): Promise<{ readonly define: DefineCommand }>
}

/** In the order of `procura --help`. A new command is one entry here and one module. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'set up the data directory and a tenant of the issuer service',
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'serve',
    summary: 'run the issuer service',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'admin',
    summary: 'replace a lost administrator, on the host of the service',
    load: () => import('./commands/admin.ts'),
  },
  {
    name: 'demo',
    summary: 'show the main job: allowed, revoked, refused',
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'doctor',
    summary: 'look for what is wrong: settings, files, service, clocks',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'fsck',
    summary: 'recompute the registry and compare: indexes, bits, audit trail, published status',
    load: () => import('./commands/fsck.ts'),
  },
  {
    name: 'backup',
    summary: 'copy the registry while the service runs, and check the copy',
    load: () => import('./commands/backup.ts'),
  },
  {
    name: 'restore',
    summary: 'put a backup where no registry is',
    load: () => import('./commands/restore.ts'),
  },
  {
    name: 'catch-up',
    summary: 'bring a restored registry forward to what was published since',
    load: () => import('./commands/catch-up.ts'),
  },
  {
    name: 'owner',
    summary: 'register, list, suspend and offboard owners',
    load: () => import('./commands/owner.ts'),
  },
  {
    name: 'agent',
    summary: 'register, list, suspend and revoke agents; make keys',
    load: () => import('./commands/agent.ts'),
  },
  {
    name: 'grant',
    summary: 'delegate to an agent through the issuer; list, fetch, suspend, revoke',
    load: () => import('./commands/grant.ts'),
  },
  {
    name: 'delegate',
    summary: 'delegate onward, offline',
    load: () => import('./commands/delegate.ts'),
  },
  {
    name: 'revoke',
    summary: 'end the last link of a chain, with a key that stands in it',
    load: () => import('./commands/revoke.ts'),
  },
  {
    name: 'verify',
    summary: 'verify a recorded request offline, from files',
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'receipt',
    summary: 'verify a receipt of a decision, offline',
    load: () => import('./commands/receipt.ts'),
  },
  {
    name: 'inspect',
    summary: 'draw a delegation chain, link by link',
    load: () => import('./commands/inspect.ts'),
  },
  {
    name: 'status',
    summary: 'mirror or show the signed status of an authority',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'bundle',
    summary: 'carry status and documents to verifiers without a network, in one signed file',
    load: () => import('./commands/bundle.ts'),
  },
  {
    name: 'trust',
    summary: 'write or show anchor files: whom a service provider trusts',
    load: () => import('./commands/trust.ts'),
  },
  {
    name: 'audit',
    summary: 'show, export and verify the audit trail',
    load: () => import('./commands/audit.ts'),
  },
  {
    name: 'key',
    summary: 'list, rotate and revoke the keys of the issuer',
    load: () => import('./commands/key.ts'),
  },
  {
    name: 'webhook',
    summary: 'have a program told of what is offboarded, suspended and revoked',
    load: () => import('./commands/webhook.ts'),
  },
  {
    name: 'emergency',
    summary: 'name what counts no more, for good; rehearse it',
    load: () => import('./commands/emergency.ts'),
  },
  {
    name: 'signals',
    summary: 'Shared Signals: who may tell of accounts, and who is told of what ends',
    load: () => import('./commands/signals.ts'),
  },
  {
    name: 'conformance',
    summary: 'answer the public test suites: VC API instances, VC-JOSE-COSE files',
    load: () => import('./commands/conformance.ts'),
  },
  {
    name: 'whoami',
    summary: 'say who a key is to the issuer',
    load: () => import('./commands/whoami.ts'),
  },
]
