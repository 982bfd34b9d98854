"""The notebooks in `examples/`, run in a real kernel; mistakes and interrupts in one."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
SAYS = {
    "study": ["<Run: 2 epochs, validation_accuracy 0.9", "Xavier's weights", "image/png"],
    "your_own_table": [
        *("<Run: 20 epochs", "Chinstrap", "there is no column 'sex'"),
        "column 'island' has 'Mars' in row 0",
    ],
    "write_a_layer": ["input_gradient: the gradient", "test_accuracy 0.9", "tests/test_bent_ident"],
}
"""What the outputs of each have, among others."""


def cells(path: Path) -> list[dict[str, Any]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    listed: list[dict[str, Any]] = content["cells"]
    return listed


def test_every_notebook_is_run_and_listed():
    assert [path.stem for path in NOTEBOOKS] == sorted(SAYS)
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"({path.name})" in page for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_kept_without_outputs_and_its_links_lead_somewhere(path):
    for cell in cells(path):
        assert not cell["metadata"]
        assert cell.get("execution_count") is None
        assert not cell.get("outputs")
        if cell["cell_type"] == "markdown":
            for link in re.findall(r"\]\(([^)]+)\)", "".join(cell["source"])):
                assert (EXAMPLES / link).exists(), link


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(path, tmp_path):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("pandas")
    for file in EXAMPLES.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    notebook = nbformat.read(tmp_path / path.name, 4)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()  # raises where a cell does
    said = json.dumps([cell.get("outputs") for cell in notebook.cells], ensure_ascii=False)
    assert [line for line in SAYS[path.stem] if line not in said] == []
    errors = [o["text"] for c in notebook.cells for o in c.get("outputs", []) if o.get("name")]
    assert "Traceback" not in "".join(errors)


OUTPUTS = ("stream", "error", "execute_result", "display_data", "update_display_data")


class Kernel:
    """A kernel, and what its cells put out."""

    def __init__(self, folder: Path) -> None:
        manager = pytest.importorskip("jupyter_client.manager")
        self.manager, self.client = manager.start_new_kernel(kernel_name="python3", cwd=folder)

    def run(self, source: str, *, interrupt_at: str = "") -> list[dict[str, Any]]:
        """Run a cell; interrupt it as soon as it has put out a text that fits a pattern."""
        asked = self.client.execute(source)
        outputs: list[dict[str, Any]] = []
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["msg_type"] in OUTPUTS:
                outputs.append(message["content"])
                if interrupt_at and re.search(interrupt_at, json.dumps(message["content"])):
                    interrupt_at = ""
                    self.manager.interrupt_kernel()
            if message["content"].get("execution_state") == "idle":
                return outputs

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(tmp_path):
    kernel = Kernel(tmp_path)
    yield kernel
    kernel.close()


def text_of(outputs: list[dict[str, Any]]) -> str:
    return "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in outputs)


@pytest.mark.slow
def test_mistakes_interrupts_and_the_kernel_around(kernel):
    kernel.run(
        "import framework, logging, signal, warnings\n"
        "def state():\n"
        "    root = logging.root\n"
        "    return (root.level, root.handlers[:], warnings.filters[:], logging.lastResort,\n"
        "        signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))\n"
        "before = state()\n"
        "settings = {'data': 'spirals', 'layer': 'dense_xavier'}"
    )
    (mistake,) = kernel.run("framework.train('modell=mlp')")
    assert mistake["traceback"] == [
        "ConfigurationError: modell: there is no such key; did you mean 'model'?"
    ]
    # In the middle of an epoch, in a notebook without widgets.
    train = "run = framework.train(**settings, epochs=100_000, directory='run')"
    widgets = "import sys; sys.modules['ipywidgets'] = None\n"
    outputs = kernel.run(widgets + train, interrupt_at=r"epoch ([3-9]|\d\d+)/")
    said = [o["text"] for o in outputs if o.get("name")]
    assert len({o["transient"]["display_id"] for o in outputs if "data" in o}) == 1  # the bar
    assert re.fullmatch(r"interrupted .*; framework\.resume\('.*run'\) goes on from here\n", *said)
    (shown,) = kernel.run("run")
    assert "stopped by an interrupt" in shown["data"]["text/plain"]
    assert shown["data"]["text/html"].count("<svg") == 2
    assert text_of(kernel.run("run.network.predict([[0.5, 0.5]]).shape")) == "(1,)"
    # It goes on where it stood, and is interrupted again.
    time.sleep(2.1)
    resume = "again = framework.resume('run')"
    outputs = kernel.run(resume, interrupt_at="epoch ")
    assert "interrupted" in text_of(outputs)
    assert text_of(kernel.run("again.trainer.steps > run.trainer.steps > 0")) == "True"
    assert text_of(kernel.run("state() == before, 'matplotlib' in sys.modules")) == "(True, False)"
