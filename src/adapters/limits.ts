/** Largest request body that an adapter reads to compare its digest, in bytes. */
export const DEFAULT_MAX_BODY_BYTES: number = 1024 * 1024
