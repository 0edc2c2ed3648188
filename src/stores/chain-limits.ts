/** Largest room for the chains of all authorities, and of one, in bytes of their texts. */
export const MAX_KEPT_BYTES: number = 64 * 1024 * 1024
export const MAX_KEPT_BYTES_PER_AUTHORITY: number = 16 * 1024 * 1024

/** How exactly it is known when a chain was used, in milliseconds: most uses write nothing. */
export const USE_RESOLUTION_MS = 60_000
