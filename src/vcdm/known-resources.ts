/** SHA-2 digests of a file, base64 with padding, as Subresource Integrity writes them. */
interface Digests {
  readonly sha256: string
  readonly sha384: string
}

/**
 * The published bytes of resources that credentials refer to, so that `relatedResource` can be compared without fetching
 * anything. A resource that was published more than once has a digest for each time.
 */
export const KNOWN_RESOURCES: ReadonlyMap<string, readonly Digests[]> = new Map([
  [
    'https://www.w3.org/ns/credentials/v2',
    [
      // The context of the Recommendation (VCDM 2.0 Appendix B.1 prints its SHA-256), since February 2025.
      {
        sha256: 'WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=',
        sha384: 'l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU',
      },
      // Of July 2024, as the test suite of the data model records it; credentials of that time state it.
      {
        sha256: 'JKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k=',
        sha384: 'NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg',
      },
    ],
  ],
  [
    'https://www.w3.org/ns/credentials/examples/v2',
    [
      {
        sha256: 'Vzk/vGnW77m5tdyctrmICwlENgq/4ur0WcnljPInnXw=',
        sha384: 'zNNbQTWCSUSi0bbz7dbua+RcENv7C6FvlmYJ1Y+I727HsPOHdzwELMYO9Mz68M26',
      },
    ],
  ],
])
