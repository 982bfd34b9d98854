"""Every component and every YAML file, against what its kind promises."""

import mlp_framework_extras

from framework.testing import conformance

test_conformance = conformance(mlp_framework_extras)
