"""The data cache, shared: many processes at once, some of them killed."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # processes by the dozen

# What a process of a user's does, but for where the files come from and what their sums are.
LOAD = """
import dataclasses, json, sys
import numpy as np
from framework.registry import Registry

url, sums, cache = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
registry = Registry()
registry.load_installed()
component = registry.entry("dataset", "mnist").component
component.published = dataclasses.replace(
    component.published, sums=sums, mirrors=(url,), wheel="no-such-package-of-ours==0"
)
data = component(cache=cache, timeout=120).load(np.random.default_rng(0))
data.check()
print(int(data.train.inputs.sum()), len(data.test))
"""

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def idx(array: np.ndarray) -> bytes:
    shape = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()


class Server(http.server.ThreadingHTTPServer):
    """Serves the files, slowly, and counts how often each is asked for."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.asked = files, Counter[str]()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = self.path.lstrip("/").removesuffix(".gz")
        self.server.asked[name] += 1
        content = gzip.compress(self.server.files[name], 1)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for i in range(0, len(content), 1 + len(content) // 4):
            time.sleep(0.1)
            self.wfile.write(content[i : i + 1 + len(content) // 4])

    def log_message(self, *_: object) -> None:
        pass


def test_sixteen_at_once_and_four_of_them_killed_leave_one_good_cache(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images, tests = 10_050, 20
    arrays = [
        rng.integers(0, 256, (images, 28, 28), np.uint8),
        rng.integers(0, 10, images).astype(np.uint8),
        rng.integers(0, 256, (tests, 28, 28), np.uint8),
        rng.integers(0, 10, tests).astype(np.uint8),
    ]
    files = dict(zip(NAMES, map(idx, arrays), strict=True))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    server = Server(files)
    url = f"http://127.0.0.1:{server.server_port}/"
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", LOAD, url, json.dumps(sums), str(cache)]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    first = start()  # this one is sure to fetch, and is killed while it does
    while not server.asked:
        assert first.poll() is None, first.communicate()
        time.sleep(0.01)
    others = [start() for _ in range(15)]
    first.send_signal(signal.SIGKILL)
    first.communicate()
    for process in others[:3]:  # one of these may hold the lock by now, or wait for it
        time.sleep(0.4)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    for process in others[3:]:
        said, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        assert said.split() == [str(int(arrays[0][:50].sum())), str(tests)]
    server.shutdown()
    server.server_close()

    assert {path.name: path.read_bytes() for path in (cache / "mnist").iterdir()} == files
    # One fetches at a time: a file is asked for once, and once more by whoever follows the killed.
    assert max(server.asked.values()) <= 5
    assert server.asked[NAMES[-1]] <= 2
