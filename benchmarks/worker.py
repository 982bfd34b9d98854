"""One peer in a process of its own: reads what to do from standard input, prints what it took.

Every peer stays loaded and idle while another is timed, so that measurements can be interleaved,
each with its own cores and libraries. `framework` and `floor` share one process.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.cores import bind, timed


def main() -> None:
    """Answer each line of JSON by one: `work` builds a workload, `peer` trains an epoch of it."""
    names, cores, path = sys.argv[1:4]
    bind(int(cores))  # before any library counts the cores
    import numpy as np

    from benchmarks.data import rows_of
    from benchmarks.peers import PEERS
    from benchmarks.workloads import Workload

    with np.load(path) as data:
        x, y = data["x"], data["y"]
    if "torch" in names.lower():
        import torch

        torch.set_num_threads(int(cores))
    epochs: dict[str, Callable[[], Any]] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if "peer" in asked:
            taken = timed(epochs[asked["peer"]])
            print(json.dumps({"seconds": taken.wall, "processor": taken.processor}), flush=True)
            continue
        work, failed = Workload(**asked["work"]), {}
        inputs, labels = rows_of(work, x, y)
        epochs.clear()
        gc.collect()
        for name in names.split(","):
            try:
                epoch = PEERS[name].build(work, inputs, labels)
                epoch()  # compiles, and warms what can be warmed
                epochs[name] = epoch
            except Exception as error:  # whatever a peer says is reported
                failed[name] = str(error).strip().partition("\n")[0] or type(error).__name__
        print(json.dumps({"failed": failed}), flush=True)


if __name__ == "__main__":
    main()
