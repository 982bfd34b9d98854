"""One peer in a process of its own: reads what to run from standard input, prints what it took.

Every peer stays loaded and idle while another is timed, so that measurements can be interleaved,
each with its own cores and libraries. `framework` and `floor` share one process.
"""

from __future__ import annotations

import json
import sys

from benchmarks.cores import bind, timed


def main() -> None:
    """Serve measurements: a line with a peer's name in, a line of JSON out."""
    names, workload, threads, path = sys.argv[1:5]
    bound = bind(int(threads))  # before any library counts the cores
    import dataclasses

    import numpy as np

    from benchmarks.peers import PEERS
    from benchmarks.workloads import Workload

    work = Workload(**json.loads(workload))
    work = dataclasses.replace(work, hidden=tuple(work.hidden))
    with np.load(path) as data:
        x, y = data["x"][: work.rows], data["y"][: work.rows].astype(np.int64)
    inputs = np.multiply(x, np.float32(1 / 255))
    epochs = {}
    answer: dict[str, object] = {"ready": True, "bound": bound}
    try:
        if "torch" in names.lower():
            import torch

            torch.set_num_threads(int(threads))
        for name in names.split(","):
            epochs[name] = PEERS[name][0](work, inputs, y)
            epochs[name]()  # compiles, and warms what can be warmed
    except Exception as error:  # whatever a peer says is reported
        answer = {"ready": False, "why": str(error)}
    print(json.dumps(answer), flush=True)
    for line in sys.stdin:
        taken = timed(epochs[line.strip()])
        print(json.dumps({"seconds": taken.wall, "processor": taken.processor}), flush=True)


if __name__ == "__main__":
    main()
