#!/usr/bin/env python3
"""Measures what a user pays for: calls, dependent rounds, CPU, memory and wall time of each command.

    python3 tests/benchmark/figures.py target/release/copilot-infra [--latency MS] [--runs N] [--peer NAME COMMAND]

Every AWS call passes a proxy that counts it and adds a fixed latency, as a network would, so that rounds can be
told: a call is one round later than the latest call that had ended before it began. The cloud is the tool's own
local one, in an account that is new for each run. A peer is any command that talks to AWS_ENDPOINT_URL; it is
measured in the same way. Prints figures and judges nothing.
"""

import argparse
import http.client
import http.server
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = str(ROOT / "examples" / "omnitrack-copilot.yaml")


class Proxy(http.server.ThreadingHTTPServer):
    """Forwards to the cloud, late by `latency` seconds, and remembers when each call began and ended."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream, latency):
        super().__init__(("127.0.0.1", 0), Forward)
        self.upstream, self.latency, self.calls = upstream, latency, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Forward(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def forward(self):
        began = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        upstream.request(self.command, self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        time.sleep(max(0.0, self.server.latency - (time.monotonic() - began)))
        self.server.calls.append((began, time.monotonic()))
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = forward

    def log_message(self, *_):
        pass


def rounds(calls):
    """Length of the longest chain of calls of which each began after the one before had ended."""
    ended = []  # (end, depth), in the order of the ends
    deepest = 0
    for began, end in sorted(calls):
        depth = 1 + max((depth for until, depth in ended if until <= began), default=0)
        ended.append((end, depth))
        deepest = max(deepest, depth)
    return deepest


def resident(pid):
    """Watches a process until it ends and returns its peak of resident memory, in MB.

    The kernel's own account of it (`ru_maxrss`) would count this script, which the process was forked from.
    """
    peak = 0.0
    while True:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return peak
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        if not found:  # it has ended
            return peak
        peak = int(found.group(1)) / 1024
        time.sleep(0.001)


def measure(command, proxy, account):
    """Runs `command` once and returns its figures."""
    env = dict(
        os.environ,
        AWS_ACCESS_KEY_ID=account,
        AWS_SECRET_ACCESS_KEY="benchmark",
        AWS_REGION="us-east-1",
        AWS_EC2_METADATA_DISABLED="true",
    )
    if proxy:
        proxy.calls.clear()
        env["AWS_ENDPOINT_URL"] = proxy.url
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        child = subprocess.Popen(command, env=env, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        peak = resident(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        if child.returncode != 0:
            output.seek(0)
            sys.exit(f"{command} ended with {child.returncode}:\n{output.read().decode(errors='replace')}")
    calls = list(proxy.calls) if proxy else []
    return {
        "calls": len(calls),
        "rounds": rounds(calls),
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss": peak,
    }


def show(name, runs):
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    print(
        f"{name:<28}{middle['calls']:>7.0f}{middle['rounds']:>8.0f}{middle['wall'] * 1000:>10.0f}"
        f"{middle['cpu'] * 1000:>10.0f}{middle['rss']:>10.1f}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--latency", type=float, default=30, help="of each call, in ms (default 30)")
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts (default 5)")
    parser.add_argument("--peer", nargs=2, action="append", default=[], metavar=("NAME", "COMMAND"))
    options = parser.parse_args()
    binary = str(Path(options.binary).resolve())

    # Any command of `local` starts the cloud; it is left running, as `local` does.
    subprocess.run([binary, "-q", "local", "plan", "-f", SPEC], check=True, stdout=subprocess.DEVNULL)
    status = subprocess.run([binary, "local", "status"], check=True, capture_output=True, text=True).stdout
    upstream = re.search(r"http://([\d.]+:\d+)", status).group(1)
    proxy = Proxy(upstream, options.latency / 1000)
    account = iter(range(700_000_000_000 + int(time.time()), 800_000_000_000))

    print(f"binary: {os.path.getsize(binary) / 1e6:.1f} MB; latency of a call: {options.latency:.0f} ms")
    print(f"{'':<28}{'calls':>7}{'rounds':>8}{'wall ms':>10}{'CPU ms':>10}{'RSS MB':>10}")
    tool = [binary, "-f", SPEC, "-q"]
    for name, command in {"--version": [binary, "--version"], "validate": [*tool, "validate"]}.items():
        show(name, [measure(command, None, "0" * 12) for _ in range(options.runs)])
    figures = {"apply, all new": [], "plan, no change": [], "apply, no change": []}
    for _ in range(options.runs):
        mine = str(next(account))
        for name, command in zip(figures, (["apply", "--yes"], ["plan"], ["apply", "--yes"]), strict=True):
            figures[name].append(measure([*tool, *command], proxy, mine))
        measure([*tool, "destroy", "--yes", "--delete-data"], proxy, mine)
    for name, runs in figures.items():
        show(name, runs)
    for name, command in options.peer:
        show(name, [measure(["sh", "-c", command], proxy, str(next(account))) for _ in range(options.runs)])


if __name__ == "__main__":
    main()
