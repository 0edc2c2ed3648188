export { createDidResolver, type DidResolver } from '../did/resolve-did.ts'
export { isStatusListUrl, isStatusOrigin, MAX_STATUS_URL_CHARS } from '../model/status-url.ts'
export { acceptHead } from './accept-head.ts'
export type { Ruling, StatusAlarm } from './alarm.ts'
export {
  bitsDigest,
  createBits,
  decodeBitstring,
  MAX_ENCODED_LIST_CHARS,
  MAX_INFLATED_LIST_BYTES,
  readBit,
  STATUS_LIST_ENTRIES,
  writeBit,
} from './bitstring.ts'
export { encodeBitstring } from './encode-bitstring.ts'
export {
  ageSeconds,
  DEFAULT_HEARTBEAT_SECONDS,
  FRESHNESS_SECONDS,
  type FreshnessTier,
  HEAD_CACHE_SECONDS,
  isFresh,
  MAX_POLL_SECONDS,
  pollSeconds,
  smallestEnforceableFreshness,
} from './freshness.ts'
export {
  HEAD_TYP,
  type Head,
  type HeadClaims,
  headDigest,
  MAX_HEAD_BYTES,
  MAX_HEARTBEAT_SECONDS,
  openHead,
  parseHead,
} from './head.ts'
export {
  HEAD_MEDIA_TYPE,
  headUrl,
  LEAF_TABLE_MEDIA_TYPE,
  leafTableUrl,
  listVersionUrl,
  STATUS_LIST_MEDIA_TYPE,
  STATUS_LIST_VC_MEDIA_TYPE,
  statusListId,
  statusListUrl,
  TOKEN_STATUS_LIST_MEDIA_TYPE,
  tokenStatusListId,
} from './layout.ts'
export {
  type CommittedLeaves,
  encodeLeafTable,
  type Leaf,
  type LeafState,
  leafTableRoot,
  MAX_LEAF_TABLE_CHARS,
  MAX_LEAVES,
  openLeafTable,
  parseLeafTable,
} from './leaf-table.ts'
export { type OpenStatusListOptions, openStatusList, type StatusList } from './open-status-list.ts'
export {
  openTokenStatusList,
  parseTokenStatusListClaims,
  TOKEN_STATUS_LIST_TYP,
  type TokenStatusList,
  type TokenStatusListClaims,
} from './open-token-status-list.ts'
export { isUnderOrigins } from './origins.ts'
export { type NewHead, signHead } from './sign-head.ts'
export type { SignJws } from './sign-jws.ts'
export {
  buildStatusListCredential,
  type NewStatusList,
  signStatusList,
} from './sign-status-list.ts'
export {
  buildTokenStatusList,
  encodeTokenStatuses,
  type NewTokenStatusList,
  signTokenStatusList,
} from './sign-token-status-list.ts'
export type { StatusTrust } from './status-jws.ts'
export {
  DEFAULT_LIST_TTL_MS,
  DEFAULT_LIST_VALIDITY_MS,
  MAX_LIST_TTL_MS,
  MAX_STATUS_LIST_BYTES,
  MIN_LIST_TTL_MS,
  parseStatusListCredential,
  type StatusListCredential,
} from './status-list-credential.ts'
export { createStatusMemory, type StatusMemory } from './status-memory.ts'
export {
  createStatusView,
  type ListView,
  type ListViews,
  type StatusReading,
  type StatusView,
} from './status-view.ts'
export {
  decodeTokenStatuses,
  isTokenStatusBits,
  mirrorStatusPair,
  readTokenStatus,
  TOKEN_STATUS_BITS,
  TOKEN_STATUS_INVALID,
  TOKEN_STATUS_SUSPENDED,
  TOKEN_STATUS_VALID,
  type TokenStatusBits,
  type TokenStatuses,
} from './token-status-list.ts'
