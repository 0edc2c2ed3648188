import { z } from 'zod'
import { MAX_RETENTION_DAYS, MIN_RETENTION_DAYS } from '../../server/audit/retention.ts'
import { MAX_WRITES_PER_MINUTE } from '../../server/limits.ts'
import { MAX_HEARTBEAT_SECONDS } from '../../status/head.ts'

/** What can be configured, by its name in `procura.yaml`. Paths are absolute. */
export interface Settings {
  /** Base URL of the issuer service that commands call. */
  readonly issuer?: string
  /** Private JWK that signs calls of the issuer; never in a file of settings. */
  readonly key?: string
  /** File with that key. */
  readonly keyFile?: string
  readonly dataDir?: string
  readonly origin?: string
  readonly host?: string
  readonly port?: number
  readonly trustedProxies?: number
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Key-encryption key of the data directory; never in a file of settings. */
  readonly kek?: string
  readonly kekFile?: string
  /** The one before, while it is changed. */
  readonly kekPrevious?: string
  readonly kekPreviousFile?: string
  /** Module of the PKCS#11 tokens in which keys may be, and what opens those. */
  readonly pkcs11Module?: string
  readonly pkcs11Pin?: string
  readonly pkcs11PinFile?: string
  /** `postgres://…` of the registry, which may hold a password; never in a file of settings. */
  readonly database?: string
  /** File with that URL. */
  readonly databaseFile?: string
  /** OpenID providers whose access tokens the service takes, separated by commas. */
  readonly oidcIssuers?: string
  /** Issuers of security events that tenants may register, separated by commas. */
  readonly signalIssuers?: string
  /** Directory with the access tokens for transmitters whose events are fetched. */
  readonly signalTokens?: string
  /** Comma-separated; see `ServiceOptions.deliveryHosts`. */
  readonly deliveryHosts?: string
  /** Directory in which an agent remembers which status indexes it has given away. */
  readonly state?: string
  /** After how many days `serve` removes the texts of audit entries. */
  readonly auditRetentionDays?: number
  /** Whether `serve` has VC API instances, and how they answer. */
  readonly vcApi?: 'off' | 'vcalm' | 'compatibility'
  /** `Name: value` that callers of the instances must send; never in a file of settings. */
  readonly vcApiHeader?: string
  /** Requests within a minute that change something, by one caller and in one tenant; each process counts for itself. */
  readonly writesPerCaller?: number
  readonly writesPerTenant?: number
  /** Seconds between two heads when nothing changes, which every head promises. */
  readonly heartbeatSeconds?: number
  /** Directory into which the status is published beside the service, for a web server. */
  readonly publishDirectory?: string
  /** Bucket into which it is published. */
  readonly s3Bucket?: string
  readonly s3Endpoint?: string
  readonly s3Region?: string
  readonly s3Prefix?: string
  readonly s3AccessKeyId?: string
  /** Never in a file of settings. */
  readonly s3SecretAccessKey?: string
  readonly s3SecretAccessKeyFile?: string
  /** Of temporary credentials; never in a file of settings. */
  readonly s3SessionToken?: string
  readonly s3SessionTokenFile?: string
}

export type SettingName = keyof Settings

/** Where a setting may be said, and what it must be. */
export interface SettingSpec {
  readonly variable: string
  /** Name of the option on the command line, as the parser stores it, and as it is written. */
  readonly option?: { readonly name: string; readonly flag: string }
  /** Never shown, and refused in `procura.yaml`. */
  readonly isSecret?: boolean
  readonly isPath?: boolean
  readonly schema: z.ZodType<string | number>
  readonly default?: string
}

function wholeNumber(max: number, min = 0): z.ZodType<number> {
  const message = `must be a whole number from ${min} to ${max}`
  const digits = z
    .string()
    .regex(/^\d{1,6}$/, message)
    .transform(Number)
  return z.union([z.int(message), digits], message).pipe(z.number().min(min, message).max(max, message))
}

const text: z.ZodType<string> = z.string('must be a text').min(1, 'must not be empty')

const url: z.ZodType<string> = text.refine(
  (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
  'must be a URL, such as https://id.example',
)

const level: z.ZodType<string> = z.enum(
  ['debug', 'info', 'warn', 'error', 'silent'],
  'must be debug, info, warn, error or silent',
)

const vcApi: z.ZodType<string> = z.enum(
  ['off', 'vcalm', 'compatibility'],
  'must be off, vcalm or compatibility',
)

function option(flag: string): { readonly name: string; readonly flag: string } {
  return { name: flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()), flag: `--${flag}` }
}

/** In the order in which `doctor` shows them. */
export const SETTINGS: Readonly<Record<SettingName, SettingSpec>> = {
  issuer: { variable: 'PROCURA_ISSUER', option: option('issuer'), schema: url },
  key: { variable: 'PROCURA_KEY', isSecret: true, schema: text },
  keyFile: { variable: 'PROCURA_KEY_FILE', option: option('key'), isPath: true, schema: text },
  dataDir: {
    variable: 'PROCURA_DATA_DIR',
    option: option('data'),
    isPath: true,
    schema: text,
    default: '.procura',
  },
  origin: { variable: 'PROCURA_ORIGIN', option: option('origin'), schema: url },
  host: { variable: 'PROCURA_HOST', option: option('host'), schema: text },
  port: { variable: 'PROCURA_PORT', option: option('port'), schema: wholeNumber(65_535) },
  trustedProxies: {
    variable: 'PROCURA_TRUSTED_PROXIES',
    option: option('trusted-proxies'),
    schema: wholeNumber(16),
  },
  logLevel: { variable: 'PROCURA_LOG_LEVEL', option: option('log-level'), schema: level },
  kek: { variable: 'PROCURA_KEK', isSecret: true, schema: text },
  kekFile: { variable: 'PROCURA_KEK_FILE', isPath: true, schema: text },
  kekPrevious: { variable: 'PROCURA_KEK_PREVIOUS', isSecret: true, schema: text },
  kekPreviousFile: { variable: 'PROCURA_KEK_PREVIOUS_FILE', isPath: true, schema: text },
  pkcs11Module: { variable: 'PROCURA_PKCS11_MODULE', isPath: true, schema: text },
  pkcs11Pin: { variable: 'PROCURA_PKCS11_PIN', isSecret: true, schema: text },
  pkcs11PinFile: { variable: 'PROCURA_PKCS11_PIN_FILE', isPath: true, schema: text },
  database: { variable: 'PROCURA_DATABASE_URL', isSecret: true, schema: text },
  databaseFile: { variable: 'PROCURA_DATABASE_URL_FILE', isPath: true, schema: text },
  oidcIssuers: { variable: 'PROCURA_OIDC_ISSUERS', schema: text },
  signalTokens: { variable: 'PROCURA_SIGNAL_TOKENS', isPath: true, schema: text },
  signalIssuers: { variable: 'PROCURA_SIGNAL_ISSUERS', schema: text },
  deliveryHosts: { variable: 'PROCURA_DELIVERY_HOSTS', schema: text },
  state: { variable: 'PROCURA_STATE', option: option('state'), isPath: true, schema: text },
  vcApi: { variable: 'PROCURA_VC_API', option: option('vc-api'), schema: vcApi },
  vcApiHeader: { variable: 'PROCURA_VC_API_HEADER', isSecret: true, schema: text },
  auditRetentionDays: {
    variable: 'PROCURA_AUDIT_RETENTION_DAYS',
    schema: wholeNumber(MAX_RETENTION_DAYS, MIN_RETENTION_DAYS),
  },
  writesPerCaller: { variable: 'PROCURA_WRITES_PER_CALLER', schema: wholeNumber(MAX_WRITES_PER_MINUTE, 1) },
  writesPerTenant: { variable: 'PROCURA_WRITES_PER_TENANT', schema: wholeNumber(MAX_WRITES_PER_MINUTE, 1) },
  heartbeatSeconds: { variable: 'PROCURA_HEARTBEAT_SECONDS', schema: wholeNumber(MAX_HEARTBEAT_SECONDS, 1) },
  publishDirectory: {
    variable: 'PROCURA_PUBLISH_DIRECTORY',
    option: option('publish-directory'),
    isPath: true,
    schema: text,
  },
  s3Bucket: { variable: 'PROCURA_S3_BUCKET', option: option('s3-bucket'), schema: text },
  s3Endpoint: { variable: 'PROCURA_S3_ENDPOINT', schema: url },
  s3Region: { variable: 'PROCURA_S3_REGION', schema: text },
  s3Prefix: { variable: 'PROCURA_S3_PREFIX', schema: text },
  s3AccessKeyId: { variable: 'PROCURA_S3_ACCESS_KEY_ID', schema: text },
  s3SecretAccessKey: { variable: 'PROCURA_S3_SECRET_ACCESS_KEY', isSecret: true, schema: text },
  s3SecretAccessKeyFile: { variable: 'PROCURA_S3_SECRET_ACCESS_KEY_FILE', isPath: true, schema: text },
  s3SessionToken: { variable: 'PROCURA_S3_SESSION_TOKEN', isSecret: true, schema: text },
  s3SessionTokenFile: { variable: 'PROCURA_S3_SESSION_TOKEN_FILE', isPath: true, schema: text },
}

export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS) as SettingName[]
