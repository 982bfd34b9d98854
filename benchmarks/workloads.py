"""What is timed: networks, batches and update rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

PIXELS = 784


@dataclass(frozen=True)
class Workload:
    """A network, how it is trained, and how many steps make one measurement."""

    name: str
    says: str
    hidden: tuple[int, ...] = (100, 200)
    activation: str = "relu"
    batch: int = 32
    rule: str = "sgd"
    rate: float = 0.1
    l2: float = 0.0
    rows: int = 50_000
    features: int = PIXELS
    classes: int = 10

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return self.rows // self.batch

    @property
    def units(self) -> tuple[int, ...]:
        """Units of every layer, input and output included."""
        return (self.features, *self.hidden, self.classes)

    def of(self, steps: int) -> Workload:
        """The same with an epoch of at most so many steps."""
        return replace(self, rows=min(self.rows, steps * self.batch))

    def short(self) -> Workload:
        """A form that takes no time, to see that the harness works."""
        return replace(self, rows=max(4 * self.batch, 64))


WORKLOADS = {
    w.name: w
    for w in (
        Workload("W1", "784-100-200-10, batch 32, SGD"),
        Workload("B1", "W1 at batch 1", batch=1, rows=5_000),
        Workload("B4", "W1 at batch 4", batch=4, rows=20_000),
        Workload("B8", "W1 at batch 8", batch=8, rows=20_000),
        Workload("B16", "W1 at batch 16", batch=16),
        Workload("W2", "five dense layers, batch 32, SGD", hidden=(100, 200, 300, 200)),
        Workload(
            "W3",
            "784-100-5000-10 with L2, batch 32, SGD",
            hidden=(100, 5000),
            rate=0.01,
            l2=0.003,
            rows=12_800,
        ),
        Workload("W4", "W1 with RMSProp", rule="rmsprop", rate=1e-4),
        Workload("W5", "W1 with sigmoid", activation="sigmoid"),
        Workload("W6", "W1 with L2", l2=0.0001),
        Workload("W7", "784-300-100-10, batch 32, SGD", hidden=(300, 100)),
        Workload(
            "TABLE",
            "13-32-32-3, batch 16, SGD",
            hidden=(32, 32),
            batch=16,
            features=13,
            classes=3,
            rows=32_000,
        ),
        Workload("TANH", "W1 with tanh", activation="tanh"),
        Workload("GELU", "W1 with GELU in its tanh form", activation="gelu"),
        Workload("MOMENTUM", "W1 with momentum", rule="momentum", rate=0.01),
        Workload("ADAM", "W1 with Adam", rule="adam", rate=1e-3),
        Workload("ADAMW", "W1 with AdamW", rule="adamw", rate=1e-3),
        Workload("NADAM", "W1 with NAdam", rule="nadam", rate=1e-3),
        Workload("ADAGRAD", "W1 with Adagrad", rule="adagrad", rate=0.01),
        Workload("LION", "W1 with Lion", rule="lion", rate=1e-4),
        Workload("B128", "W1 at batch 128", batch=128),
        Workload("B256", "W1 at batch 256", batch=256),
        Workload("B1024", "W1 at batch 1024", batch=1024),
        Workload("B8192", "W1 at batch 8192", batch=8192),
        Workload(
            "WIDE", "784-100-5000-10, batch 32, SGD", hidden=(100, 5000), rate=0.01, rows=12_800
        ),
    )
}
LARGE = ("B128", "B256", "B1024", "B8192", "WIDE")
"""Workloads that are timed only when they are asked for."""
