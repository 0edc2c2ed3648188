import { Delegation, delegate, invoke } from '@ucanto/core'
import { ed25519, Verifier } from '@ucanto/principal'
import { access, capability, DID, fail, ok, Schema } from '@ucanto/validator'

/*
 * @ucanto/core and its validator: owner → agent → run as two delegations below the owner's own authority, and a third by the
 * service to the owner, invoked by the run. Signatures, times, the chain and the capability's own rule of attenuation.
 * Revocation is a function of the caller's; here a look into a set.
 */
export async function makeSubjects({ count }) {
  const authority = await ed25519.generate()
  const pay = payment()
  const items = []
  while (items.length < count) items.push((await makeInvocation(authority)).bytes)
  const lost = await makeInvocation(authority)
  return [
    {
      name: '@ucanto/core',
      items,
      trials: [
        { what: 'good', item: (await makeInvocation(authority)).bytes },
        { what: 'revoked', item: lost.bytes },
        { what: 'forged', item: (await makeInvocation(authority, true)).bytes },
      ],
      async act(bytes) {
        const invocation = await Delegation.extract(bytes)
        if (invocation.error) return 'unreadable'
        const { error } = await access(invocation.ok, {
          capability: pay,
          authority: authority.verifier ?? authority,
          principal: Verifier,
          validateAuthorization: ({ delegation }) =>
            isRevoked(delegation, lost.revoked) ? fail('revoked') : ok({}),
        })
        return error === undefined ? 'verified' : 'refused'
      },
    },
  ]
}

function isRevoked(delegation, cid) {
  return (
    delegation.cid.equals(cid) ||
    delegation.proofs.some((proof) => 'proofs' in proof && isRevoked(proof, cid))
  )
}

function payment() {
  return capability({
    can: 'payment/initiate',
    with: DID.match({}),
    nb: Schema.struct({ payee: Schema.string().optional(), amount: Schema.integer().optional() }),
    derives: (claim, proof) => {
      if (claim.with !== proof.with) return fail('another owner')
      if (proof.nb.payee !== undefined && claim.nb.payee !== proof.nb.payee) return fail('payee')
      return proof.nb.amount !== undefined && !(claim.nb.amount <= proof.nb.amount) ? fail('amount') : ok({})
    },
  })
}

async function makeInvocation(authority, forged = false) {
  const [owner, agent, run, stranger] = await Promise.all(Array.from({ length: 4 }, () => ed25519.generate()))
  const can = [
    { can: 'payment/read', with: authority.did() },
    { can: 'payment/initiate', with: authority.did(), nb: { payee: 'acct-2', amount: 5000 } },
  ]
  const first = await delegate({ issuer: authority, audience: owner, capabilities: can })
  const second = await delegate({ issuer: owner, audience: agent, capabilities: can, proofs: [first] })
  const signer = forged
    ? Object.assign(Object.create(agent), { sign: (bytes) => stranger.sign(bytes) })
    : agent
  const third = await delegate({ issuer: signer, audience: run, capabilities: can, proofs: [second] })
  const invocation = await invoke({
    issuer: run,
    audience: authority,
    capability: { can: 'payment/initiate', with: authority.did(), nb: { payee: 'acct-2', amount: 4990 } },
    proofs: [third],
  }).delegate()
  const { ok: bytes } = await invocation.archive()
  return { bytes, revoked: second.cid }
}
