"""Follows status as docs/spec/05-status.md says, in Python's standard library alone, behind the protocol of ../../README.md.

Answers the steps bitstring, list, head, leaf_table and sync.
"""
import json, sys

from status_documents import (
    Refused, bits_of, changes_of, digest, follow_head, ms_of, need, open_emergency, open_head, open_leaves,
    open_list, root_of, set_in, text_of,
)


class Reader:
    """What is held of one authority."""

    def __init__(self, trust):
        self.trust, self.base = trust, trust["head"].rsplit("/", 1)[0]
        self.head, self.leaves, self.lists, self.emergency = None, [], {}, None

    def look(self, get, now):
        head = open_head(get(self.trust["head"]).strip(), self.trust["statusIssuer"], now)
        follow_head(self.head, head)
        self.look_at_emergency(get, head, now)
        if self.head is not None and self.head["root"] != head["root"] and self.advance(get, head):
            return
        leaves = self.leaves
        if self.head is None or self.head["root"] != head["root"]:
            leaves = open_leaves(get(f"{self.base}/leaves/{head['root']}"), head["root"])
        self.head, self.leaves, failed = head, leaves, None
        for leaf in leaves:
            try:
                if leaf["state"] == "live" and not self.holds(leaf):
                    self.fetch_list(get, leaf, now)
            except Refused as refused:
                failed = refused
        if failed:
            raise failed

    def holds(self, leaf):
        held = self.lists.get(leaf["list"])
        return held is not None and (held["version"], digest(held["bits"])) == (leaf["version"], leaf["digest"])

    def fetch_list(self, get, leaf, now):
        url, version = leaf["list"], leaf["version"]
        need(any(url.startswith(origin) for origin in self.trust["statusOrigins"]))
        purpose = {"r": "revocation", "s": "suspension"}.get(url.rsplit("/", 1)[1][0])
        found = open_list(get(f"{url}/{version}.jwt").strip(), url, purpose, self.trust["statusIssuer"], now)
        need(found["version"] == version and digest(found["bits"]) == leaf["digest"])
        self.lists[url] = found

    def advance(self, get, head):
        """Whether changes lead from what is held to what the head commits to; else they are dropped."""
        first, last = self.head["iatMs"] // 60_000, head["iatMs"] // 60_000
        if last - first >= 10:
            return False
        lists = {leaf["list"]: self.lists[leaf["list"]] for leaf in self.leaves if self.holds(leaf)}
        leaves = {leaf["list"]: leaf for leaf in self.leaves}
        try:
            for minute in range(first, last + 1):
                for name, version, on, off in changes_of(get(f"{self.base}/changes/{minute}"), minute):
                    url = f"{self.base}/{name}"
                    if url not in leaves and url not in lists:
                        lists[url] = {"version": 0, "until": 6 * 3_600_000, "bits": bytes(131_072 // 8)}
                        leaves[url] = {"list": url, "state": "live"}
                    need(url in leaves and url in lists and version >= lists[url]["version"])
                    lists[url] = changed(lists[url], version, on, off)
                    leaves[url] = {**leaves[url], "version": version, "digest": digest(lists[url]["bits"])}
        except Refused:
            return False
        ascending = [leaves[url] for url in sorted(leaves)]
        if root_of(ascending) != head["root"]:
            return False
        self.head, self.leaves, self.lists = head, ascending, lists
        return True

    def look_at_emergency(self, get, head, now):
        held = self.emergency
        if head["emergency"] == (held and held["digest"]) and now - head["iatMs"] <= head["heartbeat"] * 3000:
            return
        try:
            found = open_emergency(get(f"{self.base}/emergency").strip(), self.trust["authority"], now)
        except Refused:
            found = None
        if found is not None and (held is None or found["digest"] != held["digest"]):
            if held is not None:
                self.compare_emergency(held, found)
            self.emergency = held = found
        newest = held and held["digest"]
        is_before = held is not None and head["iatMs"] < held["iatMs"]
        if head["emergency"] != newest and not is_before:
            raise Refused("status_unavailable", "emergency")

    def compare_emergency(self, held, found):
        names = all(set(held[name]) <= set(found[name]) for name in ("keys", "owners"))
        need(found["seq"] > held["seq"] and names and held["authority"] <= found["authority"], "status_rollback")


def changed(held, version, on, off):
    bits = bytearray(held["bits"])
    need(all(index < len(bits) * 8 for index in on + off))
    for index in on:
        bits[index // 8] |= 0x80 >> index % 8
    for index in off:
        bits[index // 8] &= ~(0x80 >> index % 8)
    return {"version": version, "until": version + held["until"] - held["version"], "bits": bits}


class Session:
    def __init__(self, question):
        self.now, self.documents = ms_of(question["at"]), question.get("documents", {})
        trust = question.get("verifier", {}).get("trust")
        self.reader = trust and Reader(trust[0])
        self.failure = None
        self.is_new = True

    def get(self, url):
        found = self.documents.get(url)
        answer = {"body": found} if isinstance(found, str) else found or {"status": 404}
        need(answer.get("status", 200) == 200, "status_unavailable")
        return answer.get("body", "")

    def take(self, step):
        self.now = ms_of(step["at"]) if "at" in step else self.now
        self.documents = {**self.documents, **step.get("documents", {})}
        if self.reader and (self.is_new or "documents" in step):
            self.is_new, self.failure = False, self.attempt(lambda: self.reader.look(self.get, self.now))
        return self.attempt(lambda: getattr(self, step["do"])(step))

    def attempt(self, work):
        try:
            return work()
        except Refused as refused:
            return refused.outcome

    def sync(self, _):
        held = [leaf for leaf in self.reader.leaves if leaf["list"] in self.reader.lists]
        return self.failure or {"verified": True, "lists": len(held), "asOf": text_of(self.reader.head["iatMs"])}

    def bitstring(self, step):
        bits = bits_of(step["encodedList"])
        return {"verified": True, "entries": len(bits) * 8, "digest": digest(bits), "set": set_in(bits)}

    def list(self, step):
        found = open_list(step["token"], step["url"], step["purpose"], step["statusIssuer"], self.now)
        version, until = text_of(found["version"]), text_of(found["until"])
        return {"verified": True, "version": version, "validUntil": until, "set": set_in(found["bits"])}

    def head(self, step):
        held = open_head(step["held"], step["statusIssuer"], self.now) if "held" in step else None
        head = open_head(step["token"], step["statusIssuer"], self.now)
        follow_head(held, head)
        return {"verified": True, "seq": head["seq"], "digest": head["digest"], "asOf": text_of(head["iatMs"])}

    def leaf_table(self, step):
        return {"verified": True, "leaves": open_leaves(step["table"], step["root"])}


for line in sys.stdin:
    question = json.loads(line)
    session = Session(question)
    outcomes = [session.take(step) for step in question["steps"]]
    print(json.dumps({"id": question["id"], "outcomes": outcomes}), flush=True)
