#!/usr/bin/env python3
"""Asks a recursive resolver directly, and through etymond, and compares what they say.

    ask_both.py BIN_DIR NAMES [--questions N] [--seed S] [--passes P]

NAMES: names, one in a line, or a table with a column `qname` (as tests/import/check_answers.py
has it). With a type behind the name, or in a column `qtype`, the questions have the types that stand
there, as often as they stand there; without any, those of TYPES below. Unbound serves a zone that is
made of the names: addresses, aliases, texts longer than a datagram, service records, records of a type
that nobody knows; one name in eight does not exist. The zone is signed, so that with DO there are
signatures, and proofs of absence, and Unbound validates it, so that answers have AD; the addresses of
one name in eight were changed after that, so that they are bogus, and told with CD alone. etymond asks
Unbound. N questions (default 2000) about these names,
of these types, with and without EDNS, of several sizes, with DO, CD, AD and mixed case, each asked P
times (default 2: the second answer comes from etymond's cache), over UDP, and over TCP when that is
told to.

What must be equal: opcode, response code, question, flags, EDNS version and DO, and the sets of
records in the answer section, whatever their order, and where that is empty in the authority section,
too; no TTL may be longer than Unbound's was. Beside an answer the authority section may be shorter,
and the size that a server offers is its own.

Not asked, because etymond answers by itself, as it should: special-use names (RFC 6761, 6303, 7686,
8375), names of one label, and type ANY (RFC 8482).

Prints each difference and a last line with the counts. Exit status: 1 when anything differs, or when
no answer had AD, none was withheld as bogus, or none was bogus and told with CD.
Needs unbound, ldnsutils, and dnspython.
"""
import argparse
import collections
import csv
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdataclass
import dns.rdatatype

OURS = {"local", "localhost", "localdomain", "lan", "home", "internal", "test", "invalid", "onion",
        "example", "arpa", "alt"}
TYPES = {"A": 12, "AAAA": 8, "HTTPS": 4, "TXT": 4, "MX": 2, "NS": 1, "SOA": 1, "SRV": 2, "CAA": 2,
         "CNAME": 2, "PTR": 1, "SVCB": 2, "NAPTR": 2, "DS": 1, "TLSA": 1, "TYPE65280": 2, "TYPE731": 1}
BOGUS = "203.0.113.254"
MUST_OCCUR = ("with AD", "withheld as bogus", "bogus with CD")
SIZES = [None, 512, 1232, 4096]
WAIT_S = 30
SHOWN_MAX = 20


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_names(path):
    """Names that can stand in a zone and are not etymond's own to answer, each once, in order; and
    how often which type stands beside them."""
    with open(path, newline="") as lines:
        first = lines.readline()
        lines.seek(0)
        if "qname" in first.strip().split("\t"):
            rows = [(row["qname"], row.get("qtype")) for row in csv.DictReader(lines, delimiter="\t")]
        else:
            words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
            rows = [(some[0], some[1] if len(some) > 1 else None) for some in words]
    types = collections.Counter(kind for _, kind in rows if kind and may_be_asked(kind))
    names = {}
    for text, _ in rows:
        try:
            name = dns.name.from_text(text.lower())
        except dns.exception.DNSException:
            continue
        plain = all(32 < octet < 127 for label in name.labels for octet in label)
        if len(name.labels) > 2 and name.labels[-2].decode("latin1") not in OURS and plain:
            names[name] = None
    return list(names), types or TYPES


def may_be_asked(kind):
    try:
        number = dns.rdatatype.from_text(kind)
    except (dns.exception.DNSException, ValueError):
        return False
    # Those of RFC 6895 section 3.1 ask about the server, and etymond answers ANY by itself.
    return number != dns.rdatatype.OPT and not 128 <= number <= 255


def records_of(name, number):
    """The lines of a name's records; none: the name does not exist."""
    kind = number % 8
    if kind == 7:
        return []
    if kind == 6:
        target = dns.name.Name((b"alias-%d" % number,) + name.labels[-3:])
        return [f"{name} 300 CNAME {target}", f"{target} 200 A 198.51.100.{number % 250}",
                f"{target} 100 AAAA 2001:db8:a::{number % 65536:x}"]
    lines = [f"{name} {60 + number % 600} A 192.0.2.{(number + i) % 250}"
             for i in range(1 + number % 5)]
    lines += [f"{name} 400 AAAA 2001:db8::{(number + i) % 65536:x}" for i in range(number % 3)]
    if kind == 1:
        text = " ".join('"' + chr(97 + i % 26) * 200 + f'{number + i}"' for i in range(8))
        lines += [f"{name} 500 TXT {text}", f'{name} 500 TXT "v=spf1 -all"']
    if kind == 2:
        lines += [f"{name} 600 MX {10 * i} mx{i}.{name}" for i in range(3)]
        lines += [f'{name} 600 CAA 0 issue "ca.example.net"']
    if kind == 3:
        lines += [f"{name} 700 HTTPS 1 . alpn=h2 ipv4hint=192.0.2.{number % 250}",
                  f"{name} 700 SVCB 2 svc.{name} port=8443"]
    if kind == 4:
        lines += [f"{name} 800 SRV 0 {i} 5060 sip{i}.{name}" for i in range(2)]
        lines += [f"{name} 800 TYPE65280 \\# 4 {number:08x}", f'{name} 800 NAPTR 1 1 "s" "" "" {name}']
    if kind == 5:
        lines += [f"{name} 900 A 203.0.113.{i}" for i in range(1, 120)]
    return lines


def write_zone(path, names):
    """Where a name lies below an alias, the alias is left out: a zone cannot have both. And where it
    lies below nothing, something is put there: of names that exist for those below them alone Unbound
    proves too little when it has the zone itself, and finds its own answer bogus."""
    lines = {}
    for name in names:
        lines[name] = records_of(name, zlib.crc32(name.to_wire()))
    for name in [name for name in names if lines[name]]:
        parent = name.parent()
        while parent != dns.name.root:
            if not lines.get(parent) or any(" CNAME " in line for line in lines[parent]):
                lines[parent] = [f"{parent} 300 A 192.0.2.1"]
            parent = parent.parent()
    with open(path, "w") as zone:
        zone.write(". 3600 SOA ns.example. hostmaster.example. 1 3600 600 86400 300\n"
                   ". 3600 NS ns.example.\nns.example. 3600 A 127.0.0.1\n")
        for of_name in lines.values():
            zone.writelines(line + "\n" for line in of_name)


def sign_zone(folder):
    """With one key of ECDSA, which is fast, and NSEC records (RFC 4034). Gives the key's file."""
    def within(*command):
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    key = within("ldns-keygen", "-k", "-a", "ECDSAP256SHA256", ".").strip()
    within("ldns-signzone", "-o", ".", "root.zone", key)
    os.replace(folder + "/root.zone.signed", folder + "/root.zone")
    return f"{folder}/{key}.key"


def break_signatures(path, names):
    """One address of one name in eight becomes another one."""
    broken = {name.to_text() for name in names if zlib.crc32(name.to_wire()) % 8 == 0}
    with open(path) as zone:
        lines = zone.readlines()
    with open(path, "w") as zone:
        for line in lines:
            words = line.split()
            if len(words) == 5 and words[3] == "A" and words[0].lower() in broken:
                broken.remove(words[0].lower())
                line = line.replace(words[4], BOGUS)
            zone.write(line)


class Program:
    """Started when entered, and gone afterwards; ready when it answers on its port."""

    def __init__(self, command, port):
        self.command = command
        self.port = port

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        query = dns.message.make_query("ns.example.", "A")
        end = time.monotonic() + 2 * WAIT_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                dns.query.udp(query, "127.0.0.1", timeout=1, port=self.port)
                return self
            except (OSError, dns.exception.DNSException):
                time.sleep(0.1)
        self.__exit__()
        sys.exit(f"{self.command[0]} does not answer")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def unbound(folder, port, key):
    with open(folder + "/unbound.conf", "w") as conf:
        conf.write(f"""
server:
  interface: 127.0.0.1@{port}
  port: {port}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  num-threads: 1
  module-config: "validator iterator"
  trust-anchor-file: "{key}"
  rrset-roundrobin: no
  minimal-responses: yes
  incoming-num-tcp: 200
remote-control:
  control-enable: no
auth-zone:
  name: "."
  zonefile: "{folder}/root.zone"
  for-downstream: no
  for-upstream: yes
  fallback-enabled: no
""")
    return Program(["/usr/sbin/unbound", "-d", "-c", folder + "/unbound.conf"], port)


def etymond(bin_dir, folder, port, upstream):
    return Program([bin_dir + "/etymond", "--store", folder + "/store",
                    "--api", f"unix:{folder}/api.sock", "--listen", f"127.0.0.1:{port}",
                    "--upstream", f"127.0.0.1:{upstream}"], port)


def draw(names, types, dice):
    """A question, as a message."""
    name = dice.choice(names)
    if dice.random() < 0.1:
        name = dns.name.Name((b"x%d" % dice.randrange(1000),) + name.labels[-4:])
    if dice.random() < 0.2:
        text = "".join(dice.choice((c.upper(), c.lower())) for c in name.to_text())
        name = dns.name.from_text(text)
    size = dice.choice(SIZES)
    kind = dice.choices(list(types), weights=types.values())[0]
    query = dns.message.make_query(name, dns.rdatatype.from_text(kind),
                                   use_edns=size is not None, payload=size or 512,
                                   want_dnssec=size is not None and dice.random() < 0.3)
    query.flags = dns.flags.RD
    for flag, how_often in ((dns.flags.CD, 0.1), (dns.flags.AD, 0.2)):
        if dice.random() < how_often:
            query.flags |= flag
    return query


def sets_of(rrsets):
    return {(rrset.name, rrset.rdtype, rrset.covers, rrset.rdclass): frozenset(rrset)
            for rrset in rrsets}


def told(query, port):
    answer, by_tcp = dns.query.udp_with_fallback(query, "127.0.0.1", timeout=WAIT_S, port=port,
                                                   ignore_unexpected=True)
    facts = {
        "opcode": dns.opcode.to_text(answer.opcode()),
        "rcode": dns.rcode.to_text(answer.rcode()),
        "question": [rrset.to_text() for rrset in answer.question],
        "flags": dns.flags.to_text(answer.flags),
        "EDNS version": answer.edns,
        "DO": bool(answer.ednsflags & dns.flags.DO),
        "answer": sets_of(answer.answer),
        "proof": {} if answer.answer else sets_of(answer.authority),
    }
    return facts, min((rrset.ttl for rrset in answer.answer), default=None), by_tcp


def is_bogus(facts):
    return any(record.to_text() == BOGUS for records in facts["answer"].values() for record in records)


def compare(query, ports, counts):
    """The differences, as text."""
    direct, ttl, _ = told(query, ports[0])
    through, own_ttl, by_tcp = told(query, ports[1])
    differences = [f"{fact}: {direct[fact]} directly, {through[fact]} through etymond"
                   for fact in direct if direct[fact] != through[fact]]
    if own_ttl is not None and own_ttl > (ttl or 0) + 1:
        _, ttl, _ = told(query, ports[0])  # It may have ended just then, and begun anew.
        if own_ttl > (ttl or 0) + 1:
            differences.append(f"TTL: {ttl} directly, {own_ttl} through etymond")
    counts["questions"] += 1
    counts["with records"] += 1 if through["answer"] else 0
    counts["signed"] += 1 if any(kind == dns.rdatatype.RRSIG for section in ("answer", "proof")
                                 for _, kind, *_ in through[section]) else 0
    counts[through["rcode"]] += 1
    counts["with AD"] += 1 if "AD" in through["flags"].split() else 0
    if query.flags & dns.flags.CD:
        counts["bogus with CD"] += 1 if is_bogus(through) else 0
    elif through["rcode"] == "SERVFAIL":
        query.flags |= dns.flags.CD
        counts["withheld as bogus"] += 1 if is_bogus(told(query, ports[0])[0]) else 0
        query.flags &= ~dns.flags.CD
    counts["by TCP"] += 1 if by_tcp else 0
    counts["answered differently"] += 1 if differences else 0
    return differences


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("bin_dir")
    parser.add_argument("names")
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--passes", type=int, default=2)
    args = parser.parse_args()
    names, types = read_names(args.names)
    dice = random.Random(args.seed)
    folder = tempfile.mkdtemp(prefix="etymon-compare-")
    os.chmod(folder, 0o755)
    ports = (free_port(), free_port())
    counts = collections.Counter({"answered differently": 0})
    try:
        write_zone(folder + "/root.zone", names)
        key = sign_zone(folder)
        break_signatures(folder + "/root.zone", names)
        with unbound(folder, ports[0], key), etymond(args.bin_dir, folder, ports[1], ports[0]):
            for _ in range(args.questions):
                query = draw(names, types, dice)
                for _ in range(args.passes):
                    query.id = dice.randrange(65536)
                    differences = compare(query, ports, counts)
                    if differences and counts["answered differently"] <= SHOWN_MAX:
                        print(query.question[0], dns.flags.to_text(query.flags), query.payload)
                        print("  " + "\n  ".join(differences))
    finally:
        shutil.rmtree(folder)
    print(f"{len(names)} names, {len(types)} types; " +
          ", ".join(f"{count} {words}" for words, count in counts.most_common()))
    missing = [words for words in MUST_OCCUR if not counts[words]]
    if missing:
        print("there was no answer", ", none ".join(missing))
    return 1 if counts["answered differently"] or missing else 0


if __name__ == "__main__":
    sys.exit(main())
