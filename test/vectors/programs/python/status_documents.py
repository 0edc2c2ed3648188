"""What docs/spec/05-status.md says of each document: it is opened, or refused with a code. Signers are did:key with Ed25519."""
import base64, hashlib, json, re, zlib
from datetime import datetime, timezone

from ed25519 import is_signed

SKEW, LISTS = 30_000, 131_072


class Refused(Exception):
    def __init__(self, code, dimension=None):
        self.outcome = {"verified": False, "code": code, **({"dimension": dimension} if dimension else {})}


def need(condition, code="status_invalid"):
    if not condition:
        raise Refused(code)


# --- bytes, JSON, time, signatures ---


def decode64(text):
    need(re.fullmatch(r"[A-Za-z0-9_-]*", text))
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""
    need(encode64(data) == text)
    return data


def encode64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def digest(data):
    return encode64(hashlib.sha256(data).digest())


def read_json(text):
    def unique(pairs):
        need(len({name for name, _ in pairs}) == len(pairs))
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise Refused("status_invalid")


def closed(value, required, optional=()):
    need(isinstance(value, dict) and set(required) <= set(value) <= {*required, *optional})
    return value


def natural(value, least=0):
    need(type(value) is int and least <= value < 2**53)
    return value


def sha256(value):
    need(isinstance(value, str) and len(value) == 43 and len(decode64(value)) == 32)
    return value


def ms_of(text):
    need(isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text))
    moment = datetime.strptime(text[:-1] + "000", "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def text_of(ms):
    return datetime.fromtimestamp(ms // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03}Z"


def key_of(did):
    alphabet, number = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 0
    for letter in did[len("did:key:z") :]:
        number = number * 58 + alphabet.index(letter)
    data = number.to_bytes(34, "big")
    need(data[:2] == b"\xed\x01", "did_unresolvable")
    return data[2:]


def open_jws(token, typ, most, did):
    need(len(token) <= most and token.count(".") == 2)
    signed, payload = token[: token.rindex(".")], decode64(token.split(".")[1])
    try:
        header, claims = read_json(decode64(token.split(".")[0]).decode()), read_json(payload.decode())
    except UnicodeDecodeError:
        raise Refused("status_invalid")
    closed(header, ["alg", "kid", "typ"])
    need(header["typ"] == typ and header["alg"] in ("EdDSA", "Ed25519"))
    need(header["kid"] == f"{did}#{did[len('did:key:'):]}")
    need(is_signed(key_of(did), signed.encode(), decode64(token.split(".")[2])))
    return claims, digest(payload)


# --- bitstrings, lists, leaf tables, heads, emergency lists ---


def bits_of(encoded):
    need(isinstance(encoded, str) and encoded[:1] == "u" and len(encoded) <= 768 * 1024)
    inflating = zlib.decompressobj(31)
    try:
        bits = inflating.decompress(decode64(encoded[1:]), 4 * 1024 * 1024 + 1)
    except zlib.error:
        raise Refused("status_invalid")
    need(inflating.eof and not inflating.unused_data and LISTS // 8 <= len(bits) <= 4 * 1024 * 1024)
    return bytearray(bits)


def set_in(bits):
    return [i * 8 + j for i, byte in enumerate(bits) if byte for j in range(8) if byte & (0x80 >> j)]


def open_list(token, url, purpose, issuer, now):
    vc, _ = open_jws(token, "vc+jwt", 1024 * 1024, issuer)
    closed(vc, ["@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject"])
    need(vc["@context"] == ["https://www.w3.org/ns/credentials/v2"])
    kinds = ["VerifiableCredential", "BitstringStatusListCredential"]
    need(vc["type"] in (kinds, kinds[::-1]) and vc["id"] == url and vc["issuer"] == issuer)
    subject = closed(
        vc["credentialSubject"], ["type", "statusPurpose", "encodedList"], ["id", "ttl", "statusSize"]
    )
    need(subject["type"] == "BitstringStatusList" and subject.get("id", f"{url}#list") == f"{url}#list")
    need(subject.get("statusSize", 1) == 1 and subject["statusPurpose"] in (purpose, [purpose]))
    version, until = ms_of(vc["validFrom"]), ms_of(vc["validUntil"])
    need(version < until and version <= now + SKEW)
    need(now < until, "status_stale")
    return {"version": version, "until": until, "bits": bits_of(subject["encodedList"])}


def open_leaves(text, root):
    leaves = closed(read_json(text), ["leaves"])["leaves"]
    need(isinstance(leaves, list) and len(leaves) <= 16_384)
    for leaf in leaves:
        closed(leaf, ["digest", "list", "state", "version"])
        need(isinstance(leaf["list"], str) and leaf["state"] in ("live", "retired"))
        natural(leaf["version"]), sha256(leaf["digest"])
    urls = [leaf["list"] for leaf in leaves]
    need(urls == sorted(set(urls)) and root_of(leaves) == root)
    return leaves


def root_of(leaves):
    def tree(hashes):
        if len(hashes) <= 1:
            return hashes[0] if hashes else hashlib.sha256(b"").digest()
        half = 1 << (len(hashes) - 1).bit_length() - 1
        return hashlib.sha256(b"\x01" + tree(hashes[:half]) + tree(hashes[half:])).digest()

    texts = [json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for leaf in leaves]
    return encode64(tree([hashlib.sha256(b"\x00" + text.encode()).digest() for text in texts]))


def open_head(token, issuer, now):
    head, own = open_jws(token, "procura-head+jwt", 1024, issuer)
    closed(head, ["iss", "seq", "iatMs", "prev", "root", "emergency", "heartbeat"])
    need(head["iss"] == issuer and natural(head["seq"], 1) and natural(head["heartbeat"], 1) <= 3600)
    need(natural(head["iatMs"]) <= now + SKEW and sha256(head["root"]))
    need((head["prev"] is None) == (head["seq"] == 1))
    for name in ("prev", "emergency"):
        need(head[name] is None or sha256(head[name]))
    return {**head, "digest": own}


def follow_head(held, head):
    if held is None or head["digest"] == held["digest"]:
        return
    need(head["seq"] > held["seq"] and head["iatMs"] >= held["iatMs"], "status_rollback")
    need(head["seq"] > held["seq"] + 1 or head["prev"] == held["digest"], "status_rollback")


def open_emergency(token, authority, now):
    listed, own = open_jws(token, "procura-emergency+jwt", 262_144, authority)
    closed(listed, ["iss", "seq", "iatMs", "keys", "owners", "authority"], ["drill"])
    need(listed["iss"] == authority and natural(listed["seq"], 1) and natural(listed["iatMs"]) <= now + SKEW)
    did = r"did:[a-z0-9]+:[A-Za-z0-9._:%-]+"
    for name, form in (("keys", did + "#.+"), ("owners", did)):
        need(isinstance(listed[name], list))
        need(all(isinstance(one, str) and len(one) <= 512 and re.fullmatch(form, one) for one in listed[name]))
    need(len(listed["keys"]) + len(listed["owners"]) <= 256 and type(listed["authority"]) is bool)
    need("drill" not in listed or re.fullmatch(did + "#.+", str(listed["drill"])))
    return {**listed, "digest": own}


# --- changes ---


def numbers_of(text):
    data, numbers, number, shift = decode64(text), [], 0, 0
    need(len(text) <= 65_536 and data[:1] == b"\x01")
    for byte in data[1:]:
        number, shift = number | (byte & 0x7F) << shift, shift + 7
        need(number < 2**53 and shift <= 56 and not (byte == 0 and shift > 7))
        if byte < 0x80:
            numbers, number, shift = [*numbers, number], 0, 0
    need(shift == 0)
    return numbers


def changes_of(text, minute):
    rest, key, changes = iter(numbers_of(text)), -1, []

    def take():
        number = next(rest, None)
        need(number is not None)
        return number

    def indexes(last=-1):
        taken = []
        for _ in range(take()):
            last += take() + 1
            taken.append(last)
        return taken

    for delta in rest:
        key, offset = key + delta + 1, take()
        on, off = indexes(), indexes() if key is not None and key % 2 else []
        need(offset < 60_000 and not set(on) & set(off))
        changes.append((f"{'rs'[key % 2]}{key // 2}", minute * 60_000 + offset, on, off))
    return changes
