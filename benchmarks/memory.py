"""Peak memory of training W1 for an epoch: the framework's command line beside each peer.

`python -m benchmarks.memory [--short]`: whole processes, imports and data included; each peer keeps
the training set the way `benchmarks/worker.py` hands it over (float32).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.data import digits_file
from benchmarks.machine import machine
from benchmarks.peers import OWN, installed
from benchmarks.workers import ROOT
from benchmarks.workloads import WORKLOADS
from framework.text import table


def peak(command: Sequence[str], cwd: str | Path, said: str = "") -> float:
    """Run a command; give the most memory that its process held, in megabytes (Linux).

    What the system says of a process that ended would count what its parent held when it began.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(said.encode())
    process.stdin.close()
    most = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak_line = re.search(r"VmHWM:\s*(\d+) kB", status)
        most = max(most, int(peak_line[1]) if peak_line else 0)
        time.sleep(0.005)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return most / 1024


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    wanted = [p for p in installed() if p not in (*OWN, "numpy loop")]
    parser.add_argument("--peers", default=",".join(wanted))
    args = parser.parse_args()
    work = WORKLOADS["W1"].short() if args.short else WORKLOADS["W1"]
    with tempfile.TemporaryDirectory() as folder, digits_file(short=args.short) as data:
        command = [sys.executable, "-m", "framework", "trainer.epochs=1"]
        megabytes = {
            "framework": peak([*command, *(["data=spirals"] if args.short else [])], folder)
        }
        for peer in filter(None, args.peers.split(",")):
            worker = ["-m", "benchmarks.worker", peer, "1", str(data)]
            asked = [{"work": dataclasses.asdict(work)}, {"peer": peer}]
            said = "".join(json.dumps(question) + "\n" for question in asked)
            megabytes[peer] = peak([sys.executable, *worker], ROOT, said)
    print(machine())
    mine = megabytes["framework"]
    rows = [[name, f"{mb:.0f}", f"{mb / mine:.2f}"] for name, mb in megabytes.items()]
    print(table(["", "peak, MB", "× framework"], rows))


if __name__ == "__main__":
    main()
