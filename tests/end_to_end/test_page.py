"""The page in a browser: what is drawn or typed is answered as from Python; nothing else runs."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import framework as fw
from tests.end_to_end.pages import EVIL, TABLE, of_digits, served, write_people

pytestmark = pytest.mark.slow  # a browser takes seconds to start
pytest.importorskip("tornado", reason="the extra `serve` brings it")
webdriver = pytest.importorskip("selenium.webdriver", reason="the extra `dev` brings selenium")
support = pytest.importorskip("selenium.webdriver.support.ui")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    """Chromium without a window, as the system has it; nothing is fetched."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("needs a browser: the packages chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,1400"),
        "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chromium = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield chromium
    chromium.quit()


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def answered(browser: Any) -> dict[str, float]:
    """Wait until the page shows an answer; return the figures it shows by name."""
    wait = support.WebDriverWait(browser, 30)
    wait.until(
        lambda b: (
            b.find_element("tag name", "body").get_attribute("data-state") == "answered"
            and b.find_element("id", "inside").is_displayed()
        )
    )
    assert not browser.find_element("id", "problem").is_displayed()
    lines = browser.find_elements("css selector", "#outputs li")
    return {
        line.find_element("class name", "name").text: float(
            line.find_element("tag name", "data").get_attribute("value")
        )
        for line in lines
    }


def said_by(network: fw.Network, sample: Any) -> dict[str, float]:
    p = network.probabilities(sample)
    names = network.class_names or tuple(map(str, range(len(p))))
    return {name: float(v) for name, v in zip(names, p, strict=True)}


def pixels_of(browser: Any, canvas: str) -> np.ndarray:
    """Return what a grey canvas shows, bytes ``[height, width]``."""
    made = browser.execute_script(
        """const c = document.getElementById(arguments[0]);
        const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        return [c.height, c.width, btoa(String.fromCharCode(...d.filter((_, i) => i % 4 === 0)))];
        """,
        canvas,
    )
    return np.frombuffer(base64.b64decode(made[2]), np.uint8).reshape(made[:2])


def open_page(browser: Any, port: int) -> None:
    browser.get(f"http://127.0.0.1:{port}/")
    wait = support.WebDriverWait(browser, 30)
    wait.until(lambda b: b.find_element("tag name", "body").get_attribute("data-state"))


def test_a_digit_that_is_drawn(browser, tmp_path):
    network = of_digits()
    with served(network) as port:
        open_page(browser, port)
        paper = browser.find_element("id", "paper")
        chain = webdriver.ActionChains(browser, duration=20)
        chain.move_to_element_with_offset(paper, -60, -70).click_and_hold()
        for step in ((110, 0), (-30, 60), (-40, 80)):
            chain.move_by_offset(*step)
        chain.release().perform()
        shown = answered(browser)
        seen = pixels_of(browser, "sample")
        assert seen.shape == (28, 28)
        assert np.ptp(np.flatnonzero(seen.max(axis=1))) == 19  # the longer side has 20 pixels
        assert shown == said_by(network, seen)
        decision = browser.find_element("id", "decision").text
        assert decision == str(network.predict(seen))
        tiles = browser.find_elements("css selector", "#layers figure")
        labels = [tile.find_element("tag name", "strong").text for tile in tiles]
        assert labels == list(network.activations(seen))
        chosen = support.Select(browser.find_element("id", "preparation"))
        chosen.select_by_value("none")
        browser.execute_script("document.body.dataset.state = ''")
        chosen.select_by_value("negative")
        assert answered(browser) == said_by(network, pixels_of(browser, "sample"))
        assert pixels_of(browser, "sample")[0, 0] == 255

        # by keyboard alone: a stroke down, after all was cleared
        paper.send_keys(webdriver.Keys.DELETE)
        assert not browser.find_elements("css selector", "#outputs li")
        paper.send_keys(" ", *[webdriver.Keys.ARROW_DOWN] * 15, " ")
        assert answered(browser) == said_by(network, pixels_of(browser, "sample"))

        # by finger
        browser.find_element("id", "clear").click()
        browser.execute_script("document.body.dataset.state = ''")
        builder = webdriver.ActionChains(browser).w3c_actions
        touch = builder.add_pointer_input("touch", "finger")
        box = paper.rect
        touch.create_pointer_move(30, x=int(box["x"] + 90), y=int(box["y"] + 60))
        touch.create_pointer_down(button=0)
        for y in (120, 180, 220):
            touch.create_pointer_move(30, x=int(box["x"] + 120), y=int(box["y"] + y))
        touch.create_pointer_up(0)
        builder.perform()
        assert answered(browser) == said_by(network, pixels_of(browser, "sample"))

        # a picture of the size is the sample; what is none is a line
        image = pytest.importorskip("PIL.Image")
        pixels = np.random.default_rng(3).integers(0, 256, (28, 28)).astype(np.uint8)
        image.fromarray(pixels).save(tmp_path / "own.png")
        (tmp_path / "bad.png").write_bytes(b"none")
        chosen.select_by_value("none")
        browser.execute_script("document.body.dataset.state = ''")
        browser.find_element("id", "file").send_keys(str(tmp_path / "own.png"))
        assert answered(browser) == said_by(network, pixels)
        browser.find_element("id", "file").send_keys(str(tmp_path / "bad.png"))
        problem = browser.find_element("id", "problem")
        wait = support.WebDriverWait(browser, 30)
        wait.until(lambda b: problem.text.startswith("the picture: is no readable PNG or JPEG"))


def test_a_row_that_is_typed(browser):
    """Its names are a stranger's, and are shown as they are."""
    write_people()
    network = fw.train(*TABLE, directory="people").network
    assert network.trained_on is not None
    code = network.trained_on.categories[1].index("nurse")
    with served(network) as port:
        open_page(browser, port)
        answered(browser)  # of the means of training
        labels = [e.text for e in browser.find_elements("css selector", "#columns .field span")]
        assert labels == ["age", f"job {EVIL}"]
        age = browser.find_element("name", "age")
        job = browser.find_element("css selector", "#columns select")
        browser.execute_script("document.body.dataset.state = ''")
        age.clear()
        age.send_keys("33.5")
        support.Select(job).select_by_value("nurse")
        age.send_keys(webdriver.Keys.ENTER)
        assert answered(browser) == said_by(network, np.array([33.5, code]))
        browser.execute_script("document.body.dataset.state = ''")
        age.clear()
        age.send_keys(webdriver.Keys.ENTER)  # nothing there: missing, which it knows how to fill
        assert answered(browser) == said_by(network, np.array([np.nan, code]))
        age.send_keys("x", webdriver.Keys.ENTER)
        problem = browser.find_element("id", "problem")
        wait = support.WebDriverWait(browser, 30)
        wait.until(lambda b: problem.text == "column 'age' has 'x'; expected a number")
        assert not browser.find_elements("tag name", "img")
        loaded = browser.execute_script(
            "return performance.getEntriesByType('resource').map((r) => r.name)"
        )
        assert all(url.startswith(f"http://127.0.0.1:{port}/") for url in loaded), loaded
        logged = json.dumps([line["message"] for line in browser.get_log("browser")])
        assert "Content Security Policy" not in logged
        assert "Uncaught" not in logged


@pytest.mark.parametrize("width", [360, 700, 1300])
def test_a_page_is_as_wide_as_its_window(browser, width):
    with served(of_digits()) as port:
        browser.set_window_size(width + 16, 900)
        open_page(browser, port)
        wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        assert browser.find_element("id", "decision").text == "Draw something."
        nameless = browser.execute_script(
            """const all = document.querySelectorAll("button:not([hidden]), input, select, canvas");
            const named = (e) => e.textContent.trim() || e.ariaLabel || e.labels?.length;
            return [...all].filter((e) => !named(e)).map((e) => e.id)"""
        )
        assert nameless == []
