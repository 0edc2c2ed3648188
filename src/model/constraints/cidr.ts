import type { Json } from '../../core/json.ts'
import { MAX_VALUES } from '../grant.ts'
import type { CidrBlock, CidrConstraint, ConstraintKind } from './constraint.ts'
import { parseIpAddress, parseUnmapped } from './ip-address.ts'

const PREFIX_LENGTH = /^(?:0|[1-9][0-9]{0,2})$/
/** Bits that IPv4-mapped IPv6 addresses have in front of the IPv4 address. */
const MAPPED_BITS = 96

/** The request comes from one of some address blocks (docs/spec/03-grants.md "Values"). */
export const CIDR: ConstraintKind<CidrConstraint> = {
  parse(members) {
    return { kind: 'cidr', values: members.list('values', { max: MAX_VALUES }, parseBlock) }
  },

  allows({ values }, { clientAddress }) {
    const address = typeof clientAddress === 'string' ? parseIpAddress(clientAddress) : undefined
    if (address === undefined) return false
    return values.some((block) => block.family === address.family && contains(block, address.bits))
  },

  allowsUntil() {
    return Number.POSITIVE_INFINITY
  },

  concernsSame() {
    return true
  },

  subsumes(parent, child) {
    return child.values.every((inner) => parent.values.some((outer) => isWithin(inner, outer)))
  },
}

function isWithin(inner: CidrBlock, outer: CidrBlock): boolean {
  const narrower = inner.family === outer.family && inner.prefixLength >= outer.prefixLength
  return narrower && contains(outer, inner.base)
}

function contains(block: CidrBlock, address: bigint): boolean {
  return (block.base ^ address) >> hostBits(block) === 0n
}

function hostBits({ family, prefixLength }: CidrBlock): bigint {
  return BigInt((family === 4 ? 32 : 128) - prefixLength)
}

/** An address and a prefix length; a bit set beyond the prefix is a mistake of somebody, so it is refused. */
function parseBlock(json: Json): CidrBlock | undefined {
  if (typeof json !== 'string') return undefined
  const [text = '', length = '', ...more] = json.split('/', 3)
  const address = parseUnmapped(text)
  if (address === undefined || more.length > 0 || !PREFIX_LENGTH.test(length)) return undefined
  const block = { family: address.family, base: address.bits, prefixLength: Number(length) }
  if (block.prefixLength > (block.family === 4 ? 32 : 128)) return undefined
  return (block.base >> hostBits(block)) << hostBits(block) === block.base ? unwrap(block) : undefined
}

/** A block of IPv4-mapped addresses as the IPv4 block that it means, as client addresses are unwrapped too. */
function unwrap(block: CidrBlock): CidrBlock {
  const mapped = block.family === 6 && block.prefixLength >= MAPPED_BITS && block.base >> 32n === 0xffffn
  if (!mapped) return block
  return { family: 4, base: block.base & 0xffff_ffffn, prefixLength: block.prefixLength - MAPPED_BITS }
}
