/**
 * What an agent must not forget: its chain, and which indexes of its status lease it has given away. One storage
 * belongs to one agent key; all processes that use the key share it.
 *
 * Every method rejects with `ERR_PROCURA_STORAGE` when the storage cannot be read or written.
 */
export interface AgentStorage {
  /** The chain saved last, root first, as compact tokens or JSON texts; `undefined` when none was saved. */
  loadChain(): Promise<readonly string[] | undefined>
  /** Replaces the saved chain. A reader sees the old or the new one, never a part. */
  saveChain(tokens: readonly string[]): Promise<void>
  /**
   * Gives away one index, for ever. Durable before it settles, atomic among all processes that share the storage.
   *
   * @param list URL of the revocation list that the index belongs to.
   * @returns true for exactly one caller; false when the index was given away before.
   */
  reserveIndex(list: string, index: number): Promise<boolean>
}

/**
 * A storage that dies with the process. Only for a key that dies with it too, such as that of a run: after a
 * restart an agent with a lasting key would give the same indexes away a second time.
 */
export function memoryStorage(): AgentStorage {
  const reserved = new Set<string>()
  let chain: readonly string[] | undefined
  return {
    loadChain: async () => chain,
    saveChain: async (tokens) => {
      chain = [...tokens]
    },
    reserveIndex: async (list, index) => {
      const before = reserved.size
      return reserved.add(`${index} ${list}`).size > before
    },
  }
}
