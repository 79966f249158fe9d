#!/usr/bin/env python3
"""Holds what `etymon import` makes of captures against a list of the answers in them.

    check_answers.py BIN_DIR ANSWERS.tsv FOLDER

ANSWERS.tsv has a header line and these columns, one line for each address in the answer section of
each DNS response of each capture below FOLDER:

    pcap  epoch  client_ip  resolver_ip  transport  qname  address  cnames  rcode  flags

cnames are the targets of the response's CNAME records, in their order, with commas between. Rows
flagged e, h or p (inside a tunnel, over HTTP, on another port than 53) are not looked for. Nor are
those that say `<name too long>`: more than 255 octets are no name (RFC 1035 section 2.3.4), and
what was sound of such a response is kept without it.

Each capture goes into a store of its own and comes out again by `etymon export`. Prints each row
that is missing, and each address that came out and is in no row, with the capture. Those are no
fault by themselves: a list made with a dissector that does not put retransmitted TCP segments
together, or looks at one packet of a frame that carries several, lacks what we find. Exit status:
1 when no row is listed, when a row is missing or a capture that is listed, and when an import ends
with neither 0 nor 1, which says that the capture is damaged and what was sound of it is in.
"""
import calendar
import collections
import csv
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

NOT_OWED = set("ehp")
NO_NAME = "<name too long>"
IMPORTED = (0, 1)  # exit statuses; 1: damaged, and what was sound of it is in


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    """etymond on a store of its own."""

    def __init__(self, bin_dir):
        self.bin = bin_dir
        self.folder = tempfile.mkdtemp(prefix="etymon-import-")
        self.server = "unix:" + self.folder + "/api.sock"

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.bin + "/etymond", "--store", self.folder + "/store", "--api", self.server,
             "--listen", f"127.0.0.1:{free_port()}", "--upstream", f"127.0.0.1:{free_port()}"],
            stderr=subprocess.DEVNULL)
        for _ in range(1200):  # a minute, on a busy machine
            if self.etymon("health").returncode == 0:
                return self
            time.sleep(0.05)
        raise SystemExit("etymond does not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def etymon(self, *arguments):
        return subprocess.run([self.bin + "/etymon", "--server", self.server, *arguments],
                              capture_output=True, text=True, check=False)


def plain_name(text):
    """A name in lower case without its final dot; escapes (RFC 1035 section 5.1) resolved."""
    text = re.sub(r"\\(\d{3})", lambda m: chr(int(m[1])), text)
    text = re.sub(r"\\(.)", r"\1", text)
    return text.rstrip(".").lower()


def microseconds(epoch):
    whole, _, rest = epoch.partition(".")
    return int(whole) * 1_000_000 + int((rest + "000000")[:6])


def written_microseconds(text):
    """Of protobuf's JSON: 2026-11-23T07:20:14.000123Z."""
    date, _, rest = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(date, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000 + int((rest + "000000")[:6])


def listed_rows(path):
    rows = collections.defaultdict(set)
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            cnames = tuple(plain_name(name) for name in row["cnames"].split(",") if name)
            key = (microseconds(row["epoch"]), str(ipaddress.ip_address(row["client_ip"])),
                   str(ipaddress.ip_address(row["resolver_ip"])), row["transport"],
                   plain_name(row["qname"]), str(ipaddress.ip_address(row["address"])),
                   tuple(sorted(cnames)), int(row["rcode"]))
            is_free = bool(NOT_OWED & set(row["flags"])) or NO_NAME in (row["qname"], *cnames)
            rows[os.path.basename(row["pcap"])].add((key, is_free))
    return rows


def exported_rows(text):
    rows = set()
    for line in text.splitlines():
        delivery = json.loads(line)
        if "covered" in delivery:
            continue
        resolver = delivery["upstream"].rsplit(":", 1)[0].strip("[]")
        for carried in delivery["addresses"]:
            if carried["via"] not in ("VIA_A", "VIA_AAAA"):
                continue  # Hints and additional records are none of the answer section's addresses.
            rows.add((written_microseconds(delivery["at"]), delivery["client"], resolver,
                      delivery["transport"].removeprefix("TRANSPORT_").lower(),
                      plain_name(delivery["name"]), carried["address"],
                      tuple(sorted(plain_name(name) for name in delivery["chain"])),
                      delivery["rcode"]))
    return rows


def captures_below(folder):
    for path, _, files in sorted(os.walk(folder)):
        for file in sorted(files):
            if re.search(r"\.(pcap|pcapng|cap)$", file):
                yield os.path.relpath(os.path.join(path, file), folder)


def check(bin_dir, folder, capture, listed):
    """The number of rows that are missing, of those too many, and whether it was imported."""
    with Daemon(bin_dir) as daemon:
        imported = daemon.etymon("import", os.path.join(folder, capture))
        exported = daemon.etymon("export")
    if exported.returncode != 0:
        raise SystemExit("export: " + exported.stderr)
    if imported.returncode != 0:
        print("fault", capture, imported.stderr.strip(), sep="\t")
    if imported.returncode not in IMPORTED:
        print("failed", capture, imported.returncode, sep="\t")
    found = exported_rows(exported.stdout)
    owed = {key for key, is_free in listed if not is_free}
    known = {key for key, _ in listed}
    for key in sorted(owed - found):
        print("missing", capture, *key, sep="\t")
    for key in sorted(found - known):
        print("extra", capture, *key, sep="\t")
    return len(owed - found), len(found - known), imported.returncode in IMPORTED


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    bin_dir, answers, folder = sys.argv[1:]
    listed = listed_rows(answers)
    captures = list(captures_below(folder))
    absent = sorted(set(listed) - {os.path.basename(capture) for capture in captures})
    for capture in absent:
        print("absent", capture, sep="\t")
    missing = extra = failed = 0
    for capture in captures:
        more_missing, more_extra, is_imported = check(
            bin_dir, folder, capture, listed.get(os.path.basename(capture), set()))
        missing += more_missing
        extra += more_extra
        failed += not is_imported
    rows = sum(len(rows) for rows in listed.values())
    print(f"{rows} rows listed, {missing} missing, {extra} not listed; "
          f"{len(absent)} of {len(listed)} captures absent, {failed} imports failed")
    return 1 if missing or absent or failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
