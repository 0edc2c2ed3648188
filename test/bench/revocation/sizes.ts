import { STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'

/** Live credentials that the rows `….1e8` are about. */
export const CREDENTIALS = 1e8

/** As many pairs of lists as they need. */
export const PAIRS: number = Math.ceil(CREDENTIALS / STATUS_LIST_ENTRIES)
