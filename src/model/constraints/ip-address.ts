/** An IPv4 or IPv6 address as a number of 32 or 128 bits. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly bits: bigint
}

const MAX_ADDRESS_CHARS = 45
const OCTET = /^(?:0|[1-9][0-9]{0,2})$/
const GROUP = /^[0-9A-Fa-f]{1,4}$/
const IPV6_GROUPS = 8
/** High 96 bits of `::ffff:0:0/96` (RFC 4291 §2.5.5.2). */
const MAPPED = 0xffffn

/**
 * Reads an address: dotted decimal without leading zeros, or RFC 4291 §2.2 (all three forms) without a zone.
 * IPv4-mapped IPv6 addresses become IPv4.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const address = parseUnmapped(text)
  return address?.family === 6 && address.bits >> 32n === MAPPED
    ? { family: 4, bits: address.bits & 0xffff_ffffn }
    : address
}

/** Reads an address and leaves an IPv4-mapped one as IPv6, for prefixes that count its 128 bits. */
export function parseUnmapped(text: string): IpAddress | undefined {
  if (text.length > MAX_ADDRESS_CHARS) return undefined
  const bits = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  return bits === undefined ? undefined : { family: text.includes(':') ? 6 : 4, bits }
}

function parseIpv4(text: string): bigint | undefined {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) < 256))
    return undefined
  return octets.reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n)
}

function parseIpv6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const left = parseGroups(head, tail === undefined)
  const right = tail === undefined ? [] : parseGroups(tail, true)
  if (left === undefined || right === undefined) return undefined
  const missing = IPV6_GROUPS - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...left, ...new Array<bigint>(missing).fill(0n), ...right]
  return groups.reduce((bits, group) => (bits << 16n) | group, 0n)
}

/** @param last Whether these groups end the address, where the low 32 bits may be dotted decimal. */
function parseGroups(text: string, last: boolean): readonly bigint[] | undefined {
  if (text === '') return []
  const groups: bigint[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    const dotted = last && i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined
    if (dotted !== undefined) groups.push(dotted >> 16n, dotted & 0xffffn)
    else if (GROUP.test(part)) groups.push(BigInt(`0x${part}`))
    else return undefined
  }
  return groups
}
