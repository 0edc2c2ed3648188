import type { RequestHandler } from 'express'

/**
 * Tells once that a request came through a proxy, for a service that trusts none: all who come through it are one address then, and share
 * what one address may do.
 */
export function noticeProxy(tell: () => void): RequestHandler {
  let isTold = false
  return (req, _res, next) => {
    if (!isTold && req.headers['x-forwarded-for'] !== undefined) {
      isTold = true
      tell()
    }
    next()
  }
}
