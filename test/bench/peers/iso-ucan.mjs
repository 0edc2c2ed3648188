import { MemoryDriver } from 'iso-kv/drivers/memory.js'
import { EdDSASigner } from 'iso-signatures/signers/eddsa.js'
import { verifier } from 'iso-signatures/verifiers/eddsa.js'
import { Resolver } from 'iso-signatures/verifiers/resolver.js'
import { Capability } from 'iso-ucan/capability'
import { Delegation } from 'iso-ucan/delegation'
import { Invocation } from 'iso-ucan/invocation'
import { Store } from 'iso-ucan/store'
import { z } from 'zod'

/*
 * iso-ucan (UCAN 1.0): three delegations and an invocation, each read from its bytes. Signatures, times, the chain and the policies of each
 * delegation over the arguments. Revocation is a function of the caller's; here a look into a set.
 */
export async function makeSubjects({ count }) {
  const verifierResolver = new Resolver({ ...verifier }, { cache: false })
  const items = []
  while (items.length < count) items.push(await makeInvocation(verifierResolver))
  const lost = await makeInvocation(verifierResolver)
  const revoked = lost.delegations[1].cid
  return [
    {
      name: 'iso-ucan',
      items,
      trials: [
        { what: 'good', item: await makeInvocation(verifierResolver) },
        { what: 'revoked', item: lost },
        { what: 'forged', item: await forge(await makeInvocation(verifierResolver)) },
      ],
      async act({ bytes, delegations }) {
        const isRevoked = async (cid) => cid.toString() === revoked
        const held = new Map(delegations.map(({ cid, text }) => [cid, text]))
        await Invocation.from({
          bytes,
          verifierResolver,
          isRevoked,
          resolveProof: (cid) => Delegation.fromString(held.get(cid.toString())),
        })
        return 'verified'
      },
    },
  ]
}

async function makeInvocation(verifierResolver) {
  const [authority, owner, agent, run] = await Promise.all(
    Array.from({ length: 4 }, () => EdDSASigner.generate()),
  )
  const store = new Store(new MemoryDriver())
  const pay = Capability.from({
    schema: z.object({ payee: z.string(), amount: z.number() }),
    cmd: '/payment/initiate',
  })
  const exp = Math.floor(Date.now() / 1000) + 3600
  const pol = [
    ['<=', '.amount', 5000],
    ['or', ['acct-1', 'acct-2', 'acct-3'].map((payee) => ['==', '.payee', payee])],
  ]
  const delegations = []
  for (const [iss, aud] of [
    [authority, owner],
    [owner, agent],
    [agent, run],
  ]) {
    delegations.push(await pay.delegate({ iss, aud: aud.did, sub: authority.did, pol, exp, store }))
  }
  const args = { payee: 'acct-2', amount: 4990 }
  const { bytes } = await pay.invoke({ iss: run, sub: authority.did, args, store, exp, verifierResolver })
  return {
    bytes,
    delegations: delegations.map((delegation) => ({
      cid: delegation.cid.toString(),
      text: delegation.toString(),
    })),
  }
}

/** One bit of the signature of the last delegation, which is near the front of its bytes. */
async function forge({ bytes, delegations }) {
  const changed = delegations.map(({ cid, text }, i) => {
    if (i < 2) return { cid, text }
    const raw = Buffer.from(text.replace(/^m/, ''), 'base64')
    raw[20] ^= 1
    return { cid, text: text.startsWith('m') ? `m${raw.toString('base64')}` : raw.toString('base64') }
  })
  return { bytes, delegations: changed }
}
