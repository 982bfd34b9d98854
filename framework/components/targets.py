"""What the targets of data may be."""

from __future__ import annotations

from typing import Literal

Targets = Literal["labels", "values", "sets"]
"""What a sample's target is: its class, some numbers, or the set of classes that apply to it."""
