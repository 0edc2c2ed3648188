import { authorizer, Biscuit, biscuit, block, KeyPair, SignatureAlgorithm } from '@biscuit-auth/biscuit-wasm'
import { isProven, makeProof } from './shared.mjs'

/** Without the clock, which a loaded machine would let run out in the first millisecond. */
const LIMITS = { max_facts: 1000, max_iterations: 100, max_time_micro: 1_000_000 }

/*
 * biscuit-wasm: an authority block and two that attenuate it, parsed, verified under the root key and authorized by Datalog, and a
 * raw signature for the request, because a biscuit is a bearer token. It names no intermediaries: whoever holds it may narrow
 * it, without a key of their own. Revocation identifiers are compared with a set by hand.
 */
export function makeSubjects({ count }) {
  const root = new KeyPair(SignatureAlgorithm.Ed25519)
  const publicKey = root.getPublicKey()
  const proof = makeProof()
  const revoked = new Set()
  const good = makeToken(root)
  const lost = makeToken(root)
  revoked.add(Biscuit.fromBytes(lost, publicKey).getRevocationIdentifiers()[1])
  return [
    {
      name: '@biscuit-auth/biscuit-wasm',
      items: Array.from({ length: count }, () => makeToken(root)),
      trials: [
        { what: 'good', item: good },
        { what: 'revoked', item: lost },
        { what: 'forged', item: makeToken(new KeyPair(SignatureAlgorithm.Ed25519)) },
      ],
      act(bytes) {
        const token = Biscuit.fromBytes(bytes, publicKey)
        try {
          if (token.getRevocationIdentifiers().some((id) => revoked.has(id))) return 'revoked'
          const asked = authorizer`
            time(${new Date()});
            action("payment.initiate"); payee("acct-2"); amount(4990);
            allow if true;`
          const judge = asked.buildAuthenticated(token)
          judge.authorizeWithLimits(LIMITS)
          judge.free()
          return isProven(proof) ? 'verified' : 'unproven'
        } finally {
          token.free()
        }
      },
    },
  ]
}

function makeToken(root) {
  const until = new Date(Date.now() + 3_600_000)
  const owner = biscuit`
    check if action($a), ["payment.read", "payment.initiate"].contains($a);
    check if time($t), $t < ${until};`
  const agent = block`
    check if payee($p), ["acct-1", "acct-2", "acct-3"].contains($p);
    check if time($t), $t < ${until};`
  const run = block`
    check if amount($n), $n <= 5000;
    check if time($t), $t < ${until};`
  return owner.build(root.getPrivateKey()).appendBlock(agent).appendBlock(run).toBytes()
}
