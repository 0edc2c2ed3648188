/** base64url (RFC 4648 §5) without padding, canonical form only; the codec of the platform behind one contract. */
export { decodeBase64url, decodeBase64urlText, encodeBase64url } from '#base64url'
