"""The job that puts a trained network behind a page of this machine."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from framework import (
    REQUIRED,
    ConfigurationError,
    Invocation,
    Job,
    Which,
    hyperparameter,
    load_network,
    nearest,
    shown_path,
)

from ..using.picture_rows import pillow

if TYPE_CHECKING:
    from ..serving.questions import PictureForm, Preparation

log = logging.getLogger("framework")


@dataclass(frozen=True)
class Serve(Job):
    """Serve a page on which a trained network is asked, until Ctrl-C ends it."""

    run_directory: str = hyperparameter(
        REQUIRED, "the run's directory, or the file of a network; `run` for short"
    )
    which: Which = hyperparameter("final", "which of its networks: final, best, last")
    host: str = hyperparameter("127.0.0.1", "where it listens; 0.0.0.0 is all addresses")
    port: int = hyperparameter(8000, "0 is any free one", at_least=0, at_most=65535)
    page: Literal["auto", "picture", "table"] = hyperparameter(
        "auto", "what it asks for: a drawing or a row; auto: what the network takes"
    )
    preparation: Literal["auto", "none", "negative", "mnist"] = hyperparameter(
        "auto", "what is done to pictures first; auto: mnist for digits"
    )

    def run(self, invocation: Invocation) -> None:
        import socket  # here, as all below: no other job waits for them
        from concurrent.futures import ThreadPoolExecutor

        from ..serving.guard import is_loopback
        from ..serving.questions import picture_form, usual_preparation

        try:
            from ..serving.listening import listen, serve
            from ..serving.web import Served, application
        except ImportError as error:
            raise ConfigurationError(
                f"job=serve: needs Tornado ({error}): pip install 'mlp-framework[serve]'"
            ) from error
        path = Path(self.run_directory).expanduser()
        network = load_network(path, self.which, invocation.registry)
        form: PictureForm | None = None
        if self.page != "table":
            form = picture_form(network, surely=self.page == "picture")
        usual: Preparation = "none" if form is None else usual_preparation(network, form)
        preparation = usual if self.preparation == "auto" else self._preparation(form)
        if form is not None:
            pillow()
        sockets = listen(self.host, self.port)
        addresses = [listening.getsockname()[:2] for listening in sockets]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        url = f"http://{f'[{host}]' if ':' in host else host}:{addresses[0][1]}/"
        title = f"{shown_path(str(path))} ({self.which})"
        ours = all(is_loopback(address) for address, _ in addresses)
        names = {"localhost", host.lower()} | (set() if ours else {socket.gethostname().lower()})

        def ready() -> None:
            if not ours:
                log.warning(
                    "serve: host=%s: whoever reaches this machine may ask the network", self.host
                )
            print(f"{title} is served at {url} until Ctrl-C", flush=True)

        with ThreadPoolExecutor(1, "network") as worker:
            served = Served(network, form, preparation, title, frozenset(names), worker)
            serve(application(served), sockets, ready)

    def _preparation(self, form: PictureForm | None) -> Preparation:
        for known in form.preparations if form else ("none",):
            if known == self.preparation:
                return known
        known_names = form.preparations if form else ("none",)
        raise ConfigurationError(
            f"preparation: {self.preparation} is not for what this network takes;"
            f" {nearest(self.preparation, known_names)}"
        )
