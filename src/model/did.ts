/** A decentralized identifier (DID Core §3.1), without path, query or fragment. */
export type Did = `did:${string}:${string}`

/** A DID and a fragment: the name of a verification method (DID Core §3.2). */
export type DidUrl = `${Did}#${string}`
