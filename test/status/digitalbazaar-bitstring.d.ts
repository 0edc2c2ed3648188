/** The part of @digitalbazaar/bitstring 3.1 that serves as oracle; the package has no types of its own. */
declare module '@digitalbazaar/bitstring' {
  export class Bitstring {
    /** Whole pools are read when `buffer` is a view: pass a copy with a buffer of its own. */
    constructor(options: { readonly length: number } | { readonly buffer: Uint8Array })
    readonly bits: Uint8Array
    set(position: number, on: boolean): void
    get(position: number): boolean
    /** Base64url without the multibase prefix. */
    encodeBits(): Promise<string>
    static decodeBits(options: { readonly encoded: string }): Promise<Uint8Array>
  }
}
