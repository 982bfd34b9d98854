"""Whose requests are answered: those of the page itself, under a name that means this machine.

A page of a stranger, open in the same browser, can send requests to loopback, and by DNS rebinding
even under its own name. The name in ``Host`` tells the second, ``Origin`` and ``Sec-Fetch-Site``
the first (Jackson et al., "Protecting browsers from DNS rebinding attacks", 2007; "Fetch metadata
request headers", W3C).
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""With every answer: nothing but the page's own files is loaded, nor shown in another's frame."""


def refusal(method: str, headers: Mapping[str, str], names: frozenset[str]) -> str:
    """Return why a request is not answered; '' where it is.

    Parameters
    ----------
    names : the names that mean this machine, beside its addresses.

    >>> refusal("GET", {"Host": "127.0.0.1:8000"}, frozenset({"localhost"}))
    ''
    >>> refusal("GET", {"Host": "evil.example:8000"}, frozenset({"localhost"}))
    "Host 'evil.example:8000' is none of this machine's names; expected localhost, or an address"
    """
    host = headers.get("Host", "")
    if not _means_this_machine(host, names):
        known = ", ".join(sorted(names))
        return (
            f"Host {host[:80]!r} is none of this machine's names; expected {known}, or an address"
        )
    origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site", "none")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return "the request is another page's; expected this page's own"
    visits = method in ("GET", "HEAD") and headers.get("Sec-Fetch-Mode") == "navigate"
    if site not in ("none", "same-origin") and not visits:
        return "the request is another page's; expected this page's own"
    return ""


def is_loopback(address: str) -> bool:
    """Return whether only this machine reaches an address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _means_this_machine(host: str, names: frozenset[str]) -> bool:
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if name is None or parts.netloc != host or parts.username is not None:
        return False
    if name in names:
        return True
    with contextlib.suppress(ValueError):  # a page's name is what is bound anew, never an address
        ipaddress.ip_address(name)
        return True
    return False
