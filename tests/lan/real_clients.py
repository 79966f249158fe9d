#!/usr/bin/env python3
"""Real programs on a LAN of two network namespaces, with etymond as its resolver.

    real_clients.py BIN_DIR [--require CLIENT,CLIENT...] [CLIENT ...]

A host (10.53.0.2) has etymond (10.53.0.1, port 53) in its resolv.conf, and knows no other way to a
name; etymond asks Unbound, which serves a zone made here. Behind etymond's end lies the "Internet":
198.51.100.0/24 and 2001:db8:53::/64, each address of which runs a web server that notes who connects.

Each client asks for A, AAAA, an alias, a TXT record of 4 KiB (over TCP in the end), an HTTPS
record, and a name that does not exist, as far as it can ask for such a thing, and where it can,
makes a connection to the address it was given. Every client has names and addresses of its own. For
each connection that the web server saw, of whatever address of the host, `etymon lookup` about that
address must name the name that the client used; there may be no other connection.

Clients: glibc (getent, curl), kdig, drill, delv, Node's c-ares, systemd-resolved, Chromium. One that
is not installed is skipped, and said to be, unless it was named or is required. Prints one line for
each; exit status 1 when one fails. Makes its namespaces with unshare(1) in a user namespace: needs no
root, and leaves nothing; exit status 77 where that is not allowed. RESOLVED: where systemd-resolved is, when
not in /lib/systemd (its package changes the machine's own resolv.conf, unpacking it does not).
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HOST = "10.53.0.2"
ROUTER = "10.53.0.1"
HOST6 = "2001:db8:5353::2"
ROUTER6 = "2001:db8:5353::1"
LAN = "host"  # the namespace of the clients
ZONE = "shop-of-things.com"
LONG_TEXT = " ".join('"' + letter * 250 + '"' for letter in "abcdefghijklmnop")
WAIT_S = 60
NOT_ALLOWED = 77  # the exit status
RESOLVED = os.environ.get("RESOLVED", "/lib/systemd/systemd-resolved")

WEB = """
import http.server, socket, ssl, sys, threading
said = threading.Lock()
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<html><head><title>arrived</title></head><body>arrived</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
class Web(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 100
    def get_request(self):  # Also of one on which nothing is asked.
        connection, peer = super().get_request()
        own = connection.getsockname()[0].removeprefix("::ffff:")
        with said:
            print(own, peer[0].removeprefix("::ffff:"), flush=True)
        return connection, peer
secure = Web(("::", 443), Page)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1] + "/cert.pem", sys.argv[1] + "/key.pem")
secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=secure.serve_forever, daemon=True).start()
Web(("::", 80), Page).serve_forever()
"""

C_ARES = """
const dns = require('dns').promises;
const net = require('net');
const zone = process.argv[1];
const r = new dns.Resolver();
(async () => {
  const say = (what, got) => console.log(what, JSON.stringify(got));
  say('A', await r.resolve4('a.' + zone));
  say('AAAA', await r.resolve6('aaaa.' + zone));
  say('ALIAS', await r.resolve4('alias.' + zone));
  const long = await r.resolveTxt('long.' + zone);
  say('TXT', long[0].join('').length);
  await r.resolve4('gone.' + zone).then(() => say('GONE', 'is there'), e => say('GONE', e.code));
  for (const name of ['a', 'alias', 'aaaa']) {
    const [address] = await (name == 'aaaa' ? r.resolve6 : r.resolve4).call(r, name + '.' + zone);
    await new Promise((done, failed) => {
      const s = net.connect(80, address, () => s.write('GET / HTTP/1.0\\r\\n\\r\\n'));
      s.on('data', () => { s.end(); done(); });
      s.on('error', failed);
    });
  }
})().catch(e => { console.log(e); process.exit(1); });
"""


class Failed(Exception):
    pass


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, **more)


def must(condition, what):
    if not condition:
        raise Failed(what)


class Lan:
    """The two namespaces, and what runs in them. Lives inside of unshare's."""

    def __init__(self, bin_dir):
        self.bin = bin_dir
        self.folder = tempfile.mkdtemp(prefix="etymon-lan-")
        os.chmod(self.folder, 0o755)
        self.processes = []
        self.server = f"unix:{self.folder}/api.sock"
        self.zones = []

    # ---- Building it.

    def ip(self, *words, within=None):
        place = ["-n", within] if within else []
        done = run(["ip", *place, *words])
        must(done.returncode == 0, f"ip {' '.join(words)}: {done.stderr.strip()}")

    def build(self):
        must(run(["mount", "-t", "tmpfs", "tmpfs", "/run"]).returncode == 0, "cannot mount on /run")
        self.ip("link", "set", "lo", "up")
        self.ip("netns", "add", LAN)
        self.ip("link", "add", "router", "type", "veth", "peer", "name", "eth0", "netns", LAN)
        self.ip("addr", "add", ROUTER + "/24", "dev", "router")
        self.ip("addr", "add", ROUTER6 + "/64", "dev", "router", "nodad")
        self.ip("link", "set", "router", "up")
        self.ip("addr", "add", HOST + "/24", "dev", "eth0", within=LAN)
        self.ip("addr", "add", HOST6 + "/64", "dev", "eth0", "nodad", within=LAN)
        for link in ("lo", "eth0"):
            self.ip("link", "set", link, "up", within=LAN)
        self.ip("route", "add", "default", "via", ROUTER, within=LAN)
        self.ip("-6", "route", "add", "default", "via", ROUTER6, within=LAN)
        for number in range(1, len(CLIENTS) + 1):
            for i in (1, 2, 3):
                self.ip("addr", "add", v4(number, i) + "/32", "dev", "lo")
            self.ip("addr", "add", v6(number) + "/128", "dev", "lo", "nodad")
        self.write("resolv.conf", f"nameserver {ROUTER}\n")
        self.write("hosts", "127.0.0.1 localhost\n")
        self.write("nsswitch.conf", "hosts: files dns\n")

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as out:
            out.write(text)

    def start(self, command, name, ready, within=None):
        log = open(f"{self.folder}/{name}.log", "w")
        place = ["ip", "netns", "exec", within] if within else []
        process = subprocess.Popen(place + command, stdout=log, stderr=subprocess.STDOUT)
        self.processes.append(process)
        end = time.monotonic() + WAIT_S
        while not ready():
            must(process.poll() is None and time.monotonic() < end,
                 f"{name} does not start: {self.log(name)[-500:]}")
            time.sleep(0.1)
        return process

    def log(self, name):
        with open(f"{self.folder}/{name}.log") as log:
            return log.read()

    def answers(self, server, port):
        return "NOERROR" in run(["kdig", "+time=1", "+retry=0", f"@{server}", "-p", str(port), ZONE,
                                 "SOA"]).stdout

    def start_all(self):
        self.write("zone", self.zone())
        self.write("unbound.conf", f"""
server:
  interface: 127.0.0.1@5353
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  module-config: "iterator"
remote-control:
  control-enable: no
auth-zone:
  name: "."
  zonefile: "{self.folder}/zone"
  for-downstream: no
  for-upstream: yes
  fallback-enabled: no
""")
        self.start(["unbound", "-d", "-c", self.folder + "/unbound.conf"], "unbound",
                   lambda: self.answers("127.0.0.1", 5353))
        self.start([self.bin + "/etymond", "--listen", f"{ROUTER}:53", "--upstream",
                    "127.0.0.1:5353", "--store", self.folder + "/store", "--api", self.server],
                   "etymond", lambda: self.answers(ROUTER, 53))
        made = run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + ZONE,
                    "-keyout", self.folder + "/key.pem", "-out", self.folder + "/cert.pem"])
        must(made.returncode == 0, "openssl: " + made.stderr)
        self.start([sys.executable, "-c", WEB, self.folder], "web",
                   lambda: run(["curl", "-s", f"http://{v4(1, 1)}/"]).returncode == 0)

    def zone(self):
        lines = [". 3600 SOA ns.example. hostmaster.example. 1 3600 600 86400 300",
                 ". 3600 NS ns.example.", f"{ZONE}. 3600 SOA ns.example. h.example. 1 2 3 4 5"]
        for number, name in enumerate(CLIENTS, 1):
            zone = zone_of(name)
            lines += [f"a.{zone}. 300 A {v4(number, 1)}", f"aaaa.{zone}. 300 AAAA {v6(number)}",
                      f"alias.{zone}. 300 CNAME edge.cdn-{name}.net.",
                      f"edge.cdn-{name}.net. 60 A {v4(number, 2)}",
                      f"long.{zone}. 300 TXT {LONG_TEXT}",
                      f"h.{zone}. 300 HTTPS 1 . alpn=http/1.1 ipv4hint={v4(number, 3)}",
                      f"h.{zone}. 300 A {v4(number, 3)}"]
        return "\n".join(lines) + "\n"

    def end(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            process.wait()
        shutil.rmtree(self.folder)

    # ---- Being on it.

    def on_host(self, command, resolver="resolv.conf", **more):
        """Runs a program where the resolv.conf is the host's."""
        binds = "; ".join(f"mount --bind {self.folder}/{own} /etc/{name}" for own, name in (
            (resolver, "resolv.conf"), ("hosts", "hosts"), ("nsswitch.conf", "nsswitch.conf")))
        return run(["unshare", "--mount", "sh", "-c", f'{binds}; exec ip netns exec {LAN} "$@"', "sh",
                    *command], **more)

    def visits(self):
        """(address, client) of the connections that were made since the last call."""
        lines = [line.split() for line in self.log("web").splitlines()]
        new = [tuple(line) for line in lines[self.seen:]]
        self.seen = len(lines)
        return new

    seen = 0

    def name_of(self, address, client):
        """What `etymon lookup` says of a connection, now. Over IPv6 it is the host's that asked over
        IPv4, which the neighbour table says."""
        done = run([self.bin + "/etymon", "--server", self.server, "lookup", address, "--client",
                    client, "--json"])
        must(done.returncode == 0, f"lookup {address}: {done.stderr.strip()}")
        answer = json.loads(done.stdout)
        must(answer["verdict"] in ("LIVE", "VERDICT_LIVE"), f"lookup {address}: {done.stdout}")
        return answer["candidates"][0]["name"].rstrip(".")


def zone_of(name):
    return f"{name}.{ZONE}"


def number_of(name):
    return list(CLIENTS).index(name) + 1


def v4(number, i):
    return f"198.51.100.{10 * number + i}"


def v6(number):
    return f"2001:db8:53::{number}"


def check_text(name, outputs):
    """The six answers of a program that prints what it is told."""
    number = number_of(name)
    for kind, part in (("a", v4(number, 1)), ("aaaa", v6(number)), ("alias", v4(number, 2)),
                       ("long", "p" * 250), ("h", v4(number, 3))):
        must(part in outputs[kind], f"{kind}: {outputs[kind][-300:]}")
    must("NXDOMAIN" in outputs["gone"].upper(), f"gone: {outputs['gone'][-300:]}")


def ask_all(lan, name, command):
    """`command`: of a name and a type."""
    types = {"a": "A", "aaaa": "AAAA", "alias": "A", "long": "TXT", "h": "HTTPS", "gone": "A"}
    outputs = {}
    for kind, rrtype in types.items():
        done = lan.on_host(command(f"{kind}.{zone_of(name)}", rrtype))
        outputs[kind] = done.stdout + done.stderr
    check_text(name, outputs)


# ---- Clients. Each gives the names with which it connected, by address.

def glibc(lan, name):
    number = number_of(name)
    zone = zone_of(name)
    for kind, database, part in (("a", "ahostsv4", v4(number, 1)), ("aaaa", "ahostsv6", v6(number)),
                                 ("alias", "ahosts", v4(number, 2))):
        done = lan.on_host(["getent", database, f"{kind}.{zone}"])
        must(part in done.stdout, f"{kind}: {done.stdout}")
    must(lan.on_host(["getent", "ahosts", "gone." + zone]).returncode == 2, "gone is there")
    return {}


def curl(lan, name):
    zone = zone_of(name)
    for kind in ("a", "aaaa", "alias"):
        done = lan.on_host(["curl", "-s", "--max-time", "20", f"http://{kind}.{zone}/"])
        must("arrived" in done.stdout, f"{kind}: {done.returncode}")
    must(lan.on_host(["curl", "-s", f"http://gone.{zone}/"]).returncode == 6, "gone is there")
    number = number_of(name)
    return {v4(number, 1): "a." + zone, v6(number): "aaaa." + zone, v4(number, 2): "alias." + zone}


def kdig(lan, name):
    ask_all(lan, name, lambda asked, rrtype: ["kdig", asked, rrtype])
    return {}


def drill(lan, name):
    # It says that an answer was cut, and leaves it to the user to ask by TCP.
    ask_all(lan, name,
            lambda asked, rrtype: ["drill", *(["-t"] if rrtype == "TXT" else []), asked, rrtype])
    return {}


def delv(lan, name):
    ask_all(lan, name, lambda asked, rrtype: ["delv", "+noroot", "-i", asked, rrtype])
    return {}


def c_ares(lan, name):
    number = number_of(name)
    zone = zone_of(name)
    done = lan.on_host(["node", "-e", C_ARES, zone])
    wanted = ("A", v4(number, 1)), ("AAAA", v6(number)), ("ALIAS", v4(number, 2)), ("TXT", "4000"), (
        "GONE", "ENOTFOUND")
    for kind, part in wanted:
        must(any(line.startswith(kind + " ") and part in line for line in done.stdout.splitlines()),
             f"{kind}: {done.stdout}{done.stderr[-300:]}")
    return {v4(number, 1): "a." + zone, v4(number, 2): "alias." + zone, v6(number): "aaaa." + zone}


def resolved(lan, name):
    """Asked at its stub address, as the programs of such a host ask it."""
    os.makedirs("/run/systemd/resolve", exist_ok=True)
    lan.write("resolved.conf", f"[Resolve]\nDNS={ROUTER}\nFallbackDNS=\nLLMNR=no\nMulticastDNS=no\n"
                               "DNSSEC=no\n")
    lan.write("stub.conf", "nameserver 127.0.0.53\n")
    # It gives up its rights to a user of its own, of whom there is none in this user namespace.
    for file, line in (("passwd", "systemd-resolve:x:0:0::/:/bin/false"), ("group", "systemd-resolve:x:0:")):
        with open("/etc/" + file) as own:
            lan.write(file, own.read() + line + "\n")
    binds = (f"mount -t tmpfs tmpfs /etc/systemd; cp {lan.folder}/resolved.conf /etc/systemd; "
             f"mount --bind {lan.folder}/passwd /etc/passwd; mount --bind {lan.folder}/group /etc/group")
    command = ["unshare", "--mount", "sh", "-c",
               f"{binds}; exec ip netns exec {LAN} {RESOLVED}"]
    asked = ["kdig", "@127.0.0.53", "+time=2", "+retry=0"]
    lan.start(command, "resolved",
              lambda: "NOERROR" in lan.on_host(asked + [ZONE, "SOA"]).stdout)
    ask_all(lan, name, lambda name, rrtype: asked + [name, rrtype])
    number = number_of(name)
    for kind in ("a", "alias", "aaaa"):
        done = lan.on_host(["curl", "-s", "--max-time", "20", f"http://{kind}.{zone_of(name)}/"],
                           resolver="stub.conf")
        must("arrived" in done.stdout, f"{kind}: {done.returncode}")
    zone = zone_of(name)
    return {v4(number, 1): "a." + zone, v4(number, 2): "alias." + zone, v6(number): "aaaa." + zone}


def chromium(lan, name):
    """The HTTPS record of h moves it to port 443."""
    zone = zone_of(name)
    number = number_of(name)
    pages = {"a": v4(number, 1), "alias": v4(number, 2), "h": v4(number, 3), "aaaa": v6(number)}
    for kind in (*pages, "gone"):
        done = lan.on_host(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                            f"--user-data-dir={lan.folder}/chromium", "--virtual-time-budget=5000",
                            "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
                            "--ignore-certificate-errors", "--dump-dom", f"http://{kind}.{zone}/"])
        wanted = "arrived" if kind in pages else "ERR_NAME_NOT_RESOLVED"
        must(wanted in done.stdout + done.stderr, f"{kind}: {done.stdout[-300:]}{done.stderr[-500:]}")
    return {address: f"{kind}.{zone}" for kind, address in pages.items()}


CLIENTS = {"glibc": (glibc, "getent"), "curl": (curl, "curl"), "kdig": (kdig, "kdig"),
           "drill": (drill, "drill"), "delv": (delv, "delv"), "c-ares": (c_ares, "node"),
           "resolved": (resolved, RESOLVED), "chromium": (chromium, "chromium")}


def try_client(lan, name):
    connected = CLIENTS[name][0](lan, name)
    time.sleep(0.2)
    visits = lan.visits()
    missing = set(connected) - {address for address, _ in visits}
    must(not missing, f"connections to {missing} were not made")
    for address, client in sorted(set(visits)):
        must(address in connected, f"a connection from {client} to {address}, which it was not told")
        must(client == (HOST6 if ":" in address else HOST), f"{client} came to {address}")
        found = lan.name_of(address, client)
        must(found == connected[address], f"{address}: {found}, not {connected[address]}")
    return f"{len(visits)} connections named" if visits else "answers as they should be"


def inside(bin_dir, wanted, required):
    lan = Lan(bin_dir)
    failed = 0
    try:
        try:
            lan.build()
        except Failed as why:
            print(f"no such LAN can be made here: {why}")
            return NOT_ALLOWED
        lan.start_all()
        lan.visits()
        for name, (_, program) in CLIENTS.items():
            if wanted and name not in wanted:
                continue
            if shutil.which(program) is None:
                must_be_there = wanted or name in required
                print(f"{name:10} {'NOT INSTALLED' if must_be_there else 'skipped: not installed'}",
                      flush=True)
                failed += 1 if must_be_there else 0
                continue
            try:
                print(f"{name:10} {try_client(lan, name)}", flush=True)
            except (Failed, subprocess.TimeoutExpired) as wrong:
                failed += 1
                print(f"{name:10} FAILED: {wrong}", flush=True)
    finally:
        lan.end()
    return 1 if failed else 0


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.split("\n\n")[1].strip())
    if os.environ.get("ETYMON_LAN_INSIDE"):
        wanted = sys.argv[2:]
        required = []
        if wanted[:1] == ["--require"]:
            required = wanted[1].split(",")
            wanted = wanted[2:]
        unknown = set(wanted + required) - set(CLIENTS)
        if unknown:
            sys.exit(f"no such client: {', '.join(unknown)}")
        sys.exit(inside(sys.argv[1], wanted, required))
    spaces = ["unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork",
              "--kill-child", "--mount-proc"]
    if run([*spaces, "true"]).returncode != 0:
        print("no namespaces can be made here")
        sys.exit(NOT_ALLOWED)
    os.environ["ETYMON_LAN_INSIDE"] = "1"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    os.execvp("unshare", [*spaces, sys.executable, os.path.abspath(__file__),
                          os.path.abspath(sys.argv[1]), *sys.argv[2:]])


if __name__ == "__main__":
    main()
