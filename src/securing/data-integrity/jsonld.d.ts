/** The parts of packages without types of their own that canonicalization to RDF needs. */
declare module 'jsonld' {
  const jsonld: {
    /** The canonical N-Quads of a document; rejects what it cannot express or what exceeds the work allowed. */
    canonize(
      document: object,
      options: {
        readonly base: null
        readonly safe: true
        readonly rdfDirection: 'i18n-datatype'
        readonly documentLoader: (url: string) => Promise<{
          readonly contextUrl: null
          readonly documentUrl: string
          readonly document: object
          /** What is parsed of it is kept, under its address. */
          readonly tag: 'static'
        }>
        readonly canonizeOptions: {
          readonly algorithm: 'RDFC-1.0'
          readonly maxWorkFactor: number
        }
      },
    ): Promise<string>
  }

  // biome-ignore lint/style/noDefaultExport: it is what the package, a CommonJS module, exports
  export { jsonld as default }
}

declare module '@digitalbazaar/credentials-context' {
  export const contexts: ReadonlyMap<string, object>
}

declare module '@digitalbazaar/vc-bitstring-status-list-context' {
  export const contexts: ReadonlyMap<string, object>
}

declare module '@digitalbazaar/data-integrity-context' {
  const module: { readonly contexts: ReadonlyMap<string, object> }

  // biome-ignore lint/style/noDefaultExport: it is what the package, a CommonJS module, exports
  export { module as default }
}

declare module '@digitalbazaar/multikey-context' {
  const module: { readonly contexts: ReadonlyMap<string, object> }

  // biome-ignore lint/style/noDefaultExport: it is what the package, a CommonJS module, exports
  export { module as default }
}

declare module 'did-context' {
  const module: { readonly contexts: ReadonlyMap<string, object> }

  // biome-ignore lint/style/noDefaultExport: it is what the package, a CommonJS module, exports
  export { module as default }
}
