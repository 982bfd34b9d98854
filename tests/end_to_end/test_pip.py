"""Third parties' distributions, installed by pip as a user installs them: normal and editable."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.end_to_end.command import QUICK, only_run
from tests.end_to_end.distributions import rule
from tests.end_to_end.environments import share_packages

pytestmark = pytest.mark.slow  # processes by the dozen

PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "0.3"
dependencies = ["mlp-framework>=0.1"]

[project.entry-points.framework]
{module} = "{module}"

[tool.setuptools]
packages = ["{module}", {folders}]

[tool.setuptools.package-data]
"*" = ["*.yaml"]
"""


def project(root: Path, name: str, module: str, files: dict[str, str], *folders: str) -> Path:
    quoted = ", ".join(f'"{module}.{folder}"' for folder in folders)
    root.mkdir()
    text = PROJECT.format(name=name, module=module, folders=quoted)
    (root / "pyproject.toml").write_text(text)
    for path, content in files.items():
        (root / module / path).parent.mkdir(parents=True, exist_ok=True)
        (root / module / path).write_text(content)
    return root


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    """A fresh environment: this one's packages, and two plugins, one of them editable."""
    base = tmp_path_factory.mktemp("pip")
    puma = project(
        base / "puma",
        "puma-rule",
        "puma_rule",
        {
            "__init__.py": rule()
            + "\n\n@hookimpl\ndef framework_config_dirs():\n    return ['pkg://puma_rule.conf']\n",
            "conf/layer/update_rule/puma_slow.yaml": "# Slow.\nname: puma\nlearning_rate: 1e-5\n",
        },
        "conf.layer.update_rule",
    )
    studies = project(
        base / "studies",
        "our-studies",
        "our_studies",
        {
            "experiment/ours/one.yaml": "# @package _global_\n# Ours.\nseed: 7\n",
            "regime/calm.yaml": "# @package trainer\n# Calm.\nbatch_size: 16\n",
        },
        "experiment.ours",
        "regime",
    )
    venv.create(base / "venv", with_pip=False)
    share_packages(base / "venv")
    for words in ([puma], ["-e", studies]):
        done = subprocess.run(
            [sys.executable, "-m", "pip", "--python", base / "venv/bin/python",
             "install", "-q", "--no-deps", *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    shutil.rmtree(puma)
    return Path(base / "venv")


def run(environment: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [environment / "bin/python", "-m", "framework", *arguments],
        cwd=cwd, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_install_is_enough(environment, tmp_path):
    done = run(
        environment, *QUICK, "callbacks=none", "layer/update_rule=puma_slow",
        "+regime=calm", "experiment=ours/one", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary = json.loads((only_run(tmp_path) / "summary.json").read_text())
    assert summary["components"]["update_rule puma"] == "puma-rule==0.3"
    assert summary["seed"] == 7
    assert "batch_size: 16" in (only_run(tmp_path) / ".hydra" / "config.yaml").read_text()


def test_both_kinds_of_install_are_listed(environment, tmp_path):
    listed = run(environment, "job=plugins", cwd=tmp_path).stdout
    assert "puma-rule==0.3  (plugin puma_rule)" in listed
    assert "our-studies==0.3  (plugin our_studies)" in listed
    helped = run(environment, "--help", cwd=tmp_path).stdout
    assert "regime: calm" in helped
    assert "ours/one" in helped
    assert "puma, puma_slow, radam" in helped


def test_an_editable_install_follows_its_source(environment, tmp_path):
    source = environment.parent / "studies" / "our_studies" / "regime" / "wild.yaml"
    source.write_text("# @package trainer\n# Wild.\nbatch_size: 64\n")
    done = run(environment, "+regime=wild", "--cfg", "job", cwd=tmp_path)
    assert "batch_size: 64" in done.stdout
