import type { Command } from 'commander'

/** Which issuer to call, and as whom. */
export function withIssuer(command: Command): Command {
  return command
    .option('--issuer <url>', 'base URL of the issuer (PROCURA_ISSUER)')
    .option('--key <file>', 'private key that signs the call (PROCURA_KEY_FILE)')
}
