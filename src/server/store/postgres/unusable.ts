import { ProcuraError } from '../../../errors.ts'
import { PASSWORD_IN_URL } from '../../../stores/postgres/driver.ts'
import { systemCodeOf } from '../../system-code.ts'
import { faultOf } from '../sql/fault.ts'
import { databaseName } from './database-name.ts'

const UNTRUSTED =
  'its certificate is not one of a known authority: name the file with the certificate of yours in the URL (sslrootcert=/path/ca.pem)'
const UNREACHABLE = 'the host does not answer: see its name and port, and what is between'

/** What mends it, by what the server (SQLSTATE), the system or TLS said. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['28P01', `the server refuses the user or its password; in the URL, ${PASSWORD_IN_URL}`],
  ['28000', 'the server does not let this user in: see its pg_hba.conf, and whether it asks for TLS'],
  ['3D000', 'the server has no database of this name: make it, or mend the name in the URL'],
  [
    '3F000',
    'another role made the schema procura, and this one may not use it: take that role, or make this one the owner of the schema and of what is in it',
  ],
  ['42P01', 'there is no issuer in it: run "procura init" with the same PROCURA_DATABASE_URL first'],
  [
    '42501',
    'the role lacks rights: make it the owner of the database, and of the schema procura if that is there',
  ],
  ['53300', 'the server has no connection left: raise max_connections; each process takes at most 11'],
  ['57P03', 'the server is starting or ending: try again'],
  ['ECONNREFUSED', 'no server listens there: start it, or mend host and port in the URL'],
  ['ENOTFOUND', 'there is no host of this name: mend the URL'],
  ['EAI_AGAIN', 'the name of the host cannot be looked up: see the network and the name servers'],
  ['ETIMEDOUT', UNREACHABLE],
  ['EHOSTUNREACH', UNREACHABLE],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['CERT_HAS_EXPIRED', 'its certificate has expired: renew it on the server'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name: use that name in the URL'],
])

/**
 * Why a database cannot be opened, with its place and never the password.
 *
 * @param url One that `assertDatabaseUrl` takes.
 */
export function unusable(error: unknown, url: string): ProcuraError {
  const code = systemCodeOf(error) ?? ''
  const known = REASONS.get(code)
  const reason = known === undefined ? faultOf(error).message : `${known} (${code})`
  return new ProcuraError(
    'ERR_PROCURA_STORAGE',
    `the database ${databaseName(url)} cannot be used: ${reason}`,
    {
      cause: error,
    },
  )
}
