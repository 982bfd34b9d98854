"""The built wheel, in a fresh environment, away from the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.end_to_end.environments import ROOT, copied

pytestmark = pytest.mark.slow  # processes by the dozen


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    """A fresh environment with the wheel, and its dependencies, installed."""
    base = tmp_path_factory.mktemp("wheel")
    source = copied(ROOT, base / "source")
    built = run(sys.executable, "-m", "build", "--wheel", "--outdir", base, source, cwd=base)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = base.glob("*.whl")
    venv.create(base / "venv", with_pip=True)
    installed = run(base / "venv/bin/python", "-m", "pip", "install", "-q", wheel, cwd=base)
    assert installed.returncode == 0, installed.stderr
    return Path(base / "venv")


def test_trains_from_a_directory_with_misleading_folders(environment, tmp_path):
    for name in ("conf", "plugins"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not this one')\n")
    (tmp_path / "conf" / "config.yaml").write_text("nonsense: true\n")
    for i, command in enumerate((["python", "-m", "framework"], ["framework"])):
        done = run(
            environment / "bin" / command[0],
            *command[1:],
            "data=spirals",
            "trainer.epochs=1",
            f"hydra.run.dir=run_{i}",
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        assert (tmp_path / f"run_{i}" / "accuracy.png").exists()
    first, second = (tmp_path / f"run_{i}" / "losses.npy" for i in range(2))
    assert first.read_bytes() == second.read_bytes()


def test_puts_one_package_into_site_packages(environment):
    (record,) = environment.glob("lib/python*/site-packages/mlp_framework-*.dist-info/RECORD")
    tops = {line.split("/")[0] for line in record.read_text().splitlines()}
    names = {t for t in tops if not t.endswith(".dist-info") and t != ".."}
    assert names == {"framework"}


def test_the_page_of_a_network_is_in_it(environment, tmp_path):
    (record,) = environment.glob("lib/python*/site-packages/mlp_framework-*.dist-info/RECORD")
    files = {line.split(",")[0] for line in record.read_text().splitlines()}
    for path in (ROOT / "plugins/serving/page").iterdir():
        assert f"framework/plugins/serving/page/{path.name}" in files
    done = run(environment / "bin/framework", "job=serve", "run=nowhere", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("pip install 'mlp-framework[serve]'\n")
    assert done.stderr.count("\n") == 1


def test_a_bare_clone_says_what_to_do(environment, tmp_path):
    shutil.copytree(ROOT / "framework", tmp_path / "framework")
    bare = tmp_path / "bare"
    venv.create(bare)
    done = run(bare / "bin" / "python", "-m", "framework", cwd=tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "pip install -e ." in done.stderr
    # the dependencies are there, the install is not: the clone shadows it
    done = run(environment / "bin" / "python", "-m", "framework", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "framework.conf" in done.stderr
    assert "the command `framework` works" in done.stderr
    library = run(environment / "bin" / "python", "-c", "import framework", cwd=tmp_path)
    assert "the command `framework` works" in library.stderr.splitlines()[-1]
    isolated = run(environment / "bin" / "python", "-P", "-c", "import framework", cwd=tmp_path)
    assert isolated.returncode == 0, isolated.stderr
