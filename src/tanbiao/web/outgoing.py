"""Calls from this platform to addresses that others name: only to the public Internet, and never led astray.

The name is resolved once, every address it has must be public (or in a network that the operator has allowed), and the
connection goes to that very address, so that a name can't answer otherwise a moment later. Redirects are not followed,
only https is spoken (http within allowed networks), and of an answer only the status counts. An address that the
operator's own settings name is called wherever it is.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings

from tanbiao.core.findings import Severity, finding
from tanbiao.web.commanding import Invalid

TIMEOUT_SECONDS = 10.0
READ_AT_MOST = 64 * 1024
MAX_URL = 500
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check(url: str) -> None:
    """Refuse an address that is never called.

    Raises
    ------
    Invalid
        ``outgoing_refused``
    """
    _target(url)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a POST and return the status of the answer.

    Raises
    ------
    Invalid
        ``outgoing_refused``
    OSError, http.client.HTTPException
        The other side can't be reached or does not speak HTTP.
    """
    return ask(url, body, headers)[0]


def ask(url: str, body: bytes, headers: Mapping[str, str], *, own: bool = False) -> tuple[int, bytes]:
    """Send a POST and return status and first 64 kB of the answer.

    ``own`` says that the operator's settings name the address: then it need not be public, nor https.

    Raises
    ------
    Invalid
        ``outgoing_refused``
    OSError, http.client.HTTPException
        The other side can't be reached or does not speak HTTP.
    """
    host, port, address, secure = _target(url, own=own)
    parts = urlsplit(url)
    raw = socket.create_connection((str(address), port), TIMEOUT_SECONDS)
    try:
        stream = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if secure else raw
    except BaseException:
        raw.close()
        raise
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    connection.sock = stream
    try:
        path = parts.path or "/"
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(READ_AT_MOST)
    finally:
        connection.close()


def _target(url: str, *, own: bool = False) -> tuple[str, int, Address, bool]:
    """Return host, port and the address to connect to, and whether to speak TLS."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise _refused(url, "malformed") from error
    host = parts.hostname or ""
    if len(url) > MAX_URL or parts.scheme not in ("https", "http") or not host or parts.username or parts.fragment:
        raise _refused(url, "malformed")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _refused(url, "unknown host") from error
    addresses = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]
    for address in addresses:
        within = _allowed(address)
        if not own and not within and (not _is_public(address) or parts.scheme != "https"):
            raise _refused(url, "not public" if parts.scheme == "https" else "not https")
    return host, port, addresses[0], parts.scheme == "https"


def _is_public(address: Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    real: Address = mapped or address
    return real.is_global and not real.is_multicast


def _allowed(address: Address) -> bool:
    """Whether the operator has allowed the address's network."""
    networks = (ipaddress.ip_network(text) for text in settings.TANBIAO_OUTGOING_NETWORKS)
    return any(address.version == network.version and address in network for network in networks)


def _refused(url: str, reason: str) -> Invalid:
    return Invalid(finding("outgoing_refused", Severity.BLOCKING, "url", url=url[:120], reason=reason))
