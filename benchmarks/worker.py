"""One peer in a process of its own: reads how often to run from standard input, prints seconds.

Every peer stays loaded and idle while another is timed, so that measurements can be interleaved,
each with its own threads and libraries. `framework` and `floor` share one process.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    """Serve measurements: a line with a peer's name in, a line of JSON out."""
    names, workload, threads, path = sys.argv[1:5]
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = threads
    if threads == "1":
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        os.environ["XLA_FLAGS"] = flags
    import dataclasses

    import numpy as np

    from benchmarks.peers import PEERS
    from benchmarks.workloads import Workload

    work = Workload(**json.loads(workload))
    work = dataclasses.replace(work, hidden=tuple(work.hidden))
    with np.load(path) as data:
        x, y = data["x"][: work.rows], data["y"][: work.rows].astype(np.int64)
    inputs = np.multiply(x, np.float32(1 / 255))
    if "torch" in names.lower():
        import torch

        torch.set_num_threads(int(threads))
    epochs = {}
    answer: dict[str, object] = {"ready": True}
    try:
        for name in names.split(","):
            epochs[name] = PEERS[name][0](work, inputs, y)
            epochs[name]()  # compiles, and warms what can be warmed
    except Exception as error:  # whatever a peer says is reported
        answer = {"ready": False, "why": str(error)}
    print(json.dumps(answer), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        epochs[line.strip()]()
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    main()
