"""`job=serve`: what the page is told is what the network says; its beginning and its end."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework as fw
from framework import app
from tests.end_to_end.pages import (
    EVIL,
    QUICK,
    TABLE,
    ask,
    of_digits,
    of_points,
    served,
    write_people,
)
from tests.end_to_end.processes import nothing_left_in

pytest.importorskip("tornado", reason="the extra `serve` brings it")
KEPT = tuple(word.replace("callbacks=none", "~callbacks.pictures") for word in QUICK)
PIL = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module", autouse=True)
def _here(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("serve"))
        yield


def png(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    PIL.fromarray(pixels).save(file, kind)
    return file.getvalue()


def seven(height: int = 280, width: int = 280) -> np.ndarray:
    pixels = np.zeros((height, width), np.uint8)
    pixels[50:75, 60:220] = 255
    pixels[50:240, 150:175] = 255
    return pixels


def asked(port: int, row: Sequence[object]) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"values": list(row)})
    status, said, _ = ask(port, "POST", "/answer", body, Content_Type="application/json")
    return status, said


def test_a_drawing_is_answered_as_from_python():
    prepare = import_module("framework.plugins.using.mnist_digits").prepare_digit
    network = of_digits()
    with served(network) as port:
        _, about, _ = ask(port, "GET", "/network")
        assert (about["kind"], about["preparation"]) == ("picture", "mnist")
        for preparation, seen in (
            ("", prepare(seven())),
            ("?preparation=none", np.asarray(PIL.fromarray(seven()).resize((28, 28), PIL.BOX))),
        ):
            status, said, _ = ask(
                port, "POST", f"/answer{preparation}", png(seven()), Content_Type="image/png"
            )
            assert status == 200, said
            p = network.probabilities(seen)
            assert [o["probability"] for o in said["outputs"]] == [float(v) for v in p]
            assert said["decision"] == str(network.predict(seen))
            activations = network.activations(seen)
            assert [layer["label"] for layer in said["layers"]] == list(activations)
            for layer, values in zip(said["layers"], activations.values(), strict=True):
                np.testing.assert_array_equal(layer["values"], values.astype(float))
        status, said, _ = ask(
            port, "POST", "/answer", png(seven(), "JPEG"), Content_Type="image/jpeg"
        )
        assert (status, said["seen"]["width"]) == (200, 28)
        blank = png(np.zeros((9, 9), np.uint8))
        status, said, _ = ask(port, "POST", "/answer", blank, Content_Type="image/png")
        assert (status, said["error"]) == (
            *(422, "the picture shows no digit: nothing stands out from its paper"),
        )


def test_a_row_is_answered_as_from_python():
    write_people()
    network = fw.train(*TABLE, directory="people").network
    with served(network) as port:
        _, about, _ = ask(port, "GET", "/network")
        assert [c["name"] for c in about["columns"]] == ["age", f"job {EVIL}"]
        assert sorted(about["columns"][1]["categories"]) == [EVIL, "nurse"]
        assert 30 < about["columns"][0]["usual"] < 50
        code = about["columns"][1]["categories"].index(EVIL)
        for given, numbers in ((["41.5", EVIL], [41.5, code]), ([None, EVIL], [np.nan, code])):
            status, said = asked(port, given)
            assert status == 200, said
            p = network.probabilities(np.array([numbers]))[0]
            assert [o["probability"] for o in said["outputs"]] == [float(v) for v in p]
            assert [o["name"] for o in said["outputs"]] == list(network.class_names)
        for given, line in (
            (["x", EVIL], "column 'age' has 'x'; expected a number"),
            (["1", "nurs"], f"column 'job {EVIL}' has 'nurs'; did you mean 'nurse'?"),
            (["1"], "has 1 values; the network takes 2"),
            (["inf", EVIL], "column 'age' is inf; expected a finite number"),
        ):
            assert asked(port, given) == (422, {"error": line})


def test_values_and_sets_are_answered_as_they_are():
    x = np.random.default_rng(0).standard_normal((60, 3))
    network = fw.fit(x, x[:, :2] ** 2, *QUICK, epochs=1, loss="mean_squared_error").network
    with served(network) as port:
        status, said = asked(port, [1, 2.5, -1])
        assert (status, said["targets"]) == (200, "values")
        assert [o["value"] for o in said["outputs"]] == network.predict([1, 2.5, -1]).tolist()
        assert asked(port, ["", 1, 2])[1]["error"].startswith("column 'feature 0' is empty")
    sets = (x[:, :2] > 0).astype(int)
    network = fw.fit(x, sets, *QUICK, epochs=1, loss="multi_label_cross_entropy").network
    with served(network) as port:
        _, said = asked(port, [1, 2.5, -1])
        assert [o["chosen"] for o in said["outputs"]] == network.predict([1, 2.5, -1]).tolist()


def test_what_it_cannot_do_is_one_line(registry, monkeypatch, capsys):
    fw.write_loaded(of_points(), registry, Path("points.safetensors"))
    job = registry.entry("job", "serve").component
    invocation = fw.Invocation({}, registry, Path(), 1, {})

    def refused(**fields: Any) -> str:
        with pytest.raises(fw.FrameworkError) as error:
            job(**{"run_directory": "points.safetensors", **fields}).run(invocation)
        assert capsys.readouterr().out == ""
        return str(error.value)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert app.run(["job=serve", "run=points.safetensors", f"port={port}"]) == 1
        line = f"error: port: {port} of 127.0.0.1 is taken; port=0 takes any free one\n"
        assert capsys.readouterr().err == line
    assert refused(host="203.0.113.7").startswith("host: cannot listen at 203.0.113.7: ")
    assert refused(host="").startswith("host: is empty")
    assert refused(preparation="mnist").startswith("preparation: mnist is not for what")
    assert refused(page="picture").startswith("page: picture, but the network takes samples of")
    assert refused(run_directory="nowhere").startswith("nowhere: there is no such run")
    for name in [n for n in sys.modules if n.startswith("framework.plugins.serving.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tornado", None)
    assert refused().endswith("pip install 'mlp-framework[serve]'")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_frees_its_port(tmp_path, number):
    x = np.random.default_rng(0).standard_normal((60, 3))
    fw.fit(x, np.arange(60) % 3, *KEPT, epochs=1, directory=tmp_path / "run")
    (tmp_path / "from").mkdir()
    more = ("host=0.0.0.0",) if number == signal.SIGHUP else ()
    process = subprocess.Popen(
        [sys.executable, "-m", "framework", "job=serve", "run=../run", "port=0", *more],
        cwd=tmp_path / "from",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with nothing_left_in(tmp_path / "from"):
        assert process.stdout is not None
        line = process.stdout.readline()
        port = int(re.search(r":(\d+)/", line)[1])  # type: ignore[index]
        assert asked(port, [1, 2, 3])[0] == 200
        slow = socket.create_connection(("127.0.0.1", port))
        slow.sendall(b"POST /answer HTTP/1.1\r\nHost: localhost\r\n")
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        slow.close()
    warned = "serve: host=0.0.0.0: whoever reaches this machine may ask the network\n"
    assert err == (warned if more else "") + "error: interrupted\n"
    assert (process.returncode, out) == (128 + number, "")
    assert list(Path(tmp_path / "from").iterdir()) == []
    with socket.create_server(("127.0.0.1", port)):
        pass
