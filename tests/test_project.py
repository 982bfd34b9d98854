"""The project's own files: what is packaged and published, and what a forge reads."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import framework
from framework.version import DISTRIBUTION, installed_version

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
FORGE = ROOT / ".github"
SCHEMAS = {
    "github-workflows": sorted((FORGE / "workflows").glob("*.yml")),
    "dependabot": [FORGE / "dependabot.yml"],
    "github-issue-forms": [FORGE / "ISSUE_TEMPLATE" / f"{name}.yml" for name in ("bug", "idea")],
    "github-issue-config": [FORGE / "ISSUE_TEMPLATE" / "config.yml"],
    "citation-file-format": [ROOT / "CITATION.cff"],
}
"""The schema of each file that a forge reads; check-jsonschema brings them."""


def tool(*words: str | Path) -> None:
    """Run a tool of the development environment, which must find nothing."""
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def strings(path: Path) -> set[object]:
    """Give the strings in a module's code."""
    tree = ast.parse(path.read_text())
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_every_package_is_packaged():
    """A folder of modules that the list forgets would be missing from the wheel alone."""
    folders = {"framework": "framework", "plugins": "framework.plugins", "conf": "framework.conf"}
    assert PYPROJECT["tool"]["setuptools"]["package-dir"] == {v: k for k, v in folders.items()}
    packages = {
        ".".join([name, *path.parent.relative_to(ROOT / folder).parts])
        for folder, name in folders.items()
        for path in (ROOT / folder).rglob("__init__.py")
    }
    listed = PYPROJECT["tool"]["setuptools"]["packages"]
    assert listed == sorted(packages)


def test_every_folder_with_modules_is_a_package():
    for folder in ("framework", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path


def test_name_and_version_have_one_source():
    assert PROJECT["name"] == DISTRIBUTION
    assert framework.__version__ == installed_version() == PROJECT["version"]
    said = {
        path.name for path in (ROOT / "framework").rglob("*.py") if DISTRIBUTION in strings(path)
    }
    assert said == {"version.py"}
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


def test_the_supported_pythons_are_the_tested_ones():
    workflow = yaml.safe_load((FORGE / "workflows" / "tests.yml").read_text())
    tested = workflow["jobs"]["tests"]["strategy"]["matrix"]["python"]
    classifier = "Programming Language :: Python :: 3."
    declared = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if c.startswith(classifier)]
    assert declared == tested
    assert PROJECT["requires-python"] == f">={tested[0]}"


def test_the_changelog_can_be_read_by_its_headings():
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", v) for v in versions[1:])
    assert versions[1].startswith(f"[{PROJECT['version']}]")
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        headings = re.findall(r"^### (.+)$", part, re.MULTILINE)
        assert set(headings) <= kinds
        assert len(set(headings)) == len(headings)


@pytest.mark.slow
@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_a_forge_reads_fits_its_schema(schema):
    assert SCHEMAS[schema]
    pytest.importorskip("check_jsonschema", reason="the extra `dev` brings check-jsonschema")
    builtin = ("--builtin-schema", f"vendor.{schema}")
    tool(sys.executable, "-m", "check_jsonschema", *builtin, *SCHEMAS[schema])


def test_no_workflow_is_unsafe():
    """What zizmor finds: wide permissions, kept credentials, text that becomes a command."""
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if zizmor is None:
        pytest.skip("the extra `dev` brings zizmor")
    tool(zizmor, "--offline", "--no-progress", "--config", FORGE / "zizmor.yml", FORGE)


def test_the_checks_of_the_forges_files_are_in_the_development_environment():
    needed = {Requirement(line).name for line in PROJECT["optional-dependencies"]["dev"]}
    assert {"check-jsonschema", "zizmor"} <= needed


def test_a_workflow_asks_for_the_least():
    for path in (FORGE / "workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {}, path.name
        assert "concurrency" in workflow, path.name
        for name, job in workflow["jobs"].items():
            assert job["permissions"], name
            assert job["timeout-minutes"] <= 180, name
            assert all("@" in step["uses"] for step in job["steps"] if "uses" in step), name


def test_hooks_before_a_commit_are_what_is_installed():
    """They use the development environment's tools, and fetch nothing."""
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
