"""Calls to other programs: signed after Standard Webhooks 1.0, retried for a day, never into the own network.

A receiver verifies ``webhook-signature`` = ``v1,`` + base64(HMAC-SHA256(secret, ``{id}.{timestamp}.{body}``)); while a
secret is being changed there are two signatures, separated by a space. ``webhook-id`` stays the same over all tries.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import logging
import secrets
import socket
import ssl
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from commercebrain.desk.access.ciphers import decrypted, encrypted
from commercebrain.desk.core.events import record, sentence
from commercebrain.desk.notices.kinds import by_verb
from commercebrain.desk.notices.models import Call, Endpoint
from commercebrain.desk.notices.sending import backoff
from commercebrain.engine.errors import UserError

logger = logging.getLogger(__name__)

TIMEOUT = 10.0  # seconds for connecting and for the answer
TRY_FOR = timedelta(hours=24)
LEASE = timedelta(minutes=10)
ANSWER = 16_384  # bytes of an answer that are read
PAUSE_AFTER = 50  # failures in a row, over calls
PREFIX, PURPOSE = "whsec_", "webhooks"
DEFAULT_PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def webhooks_are_on() -> bool:
    """Whether this installation calls other programs at all (``CBRAIN_WEBHOOKS=1``)."""
    return bool(settings.WEBHOOKS_ARE_ON)


def new_secret() -> str:
    """A secret as receivers' libraries take it: ``whsec_`` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def signature(secret: str, call_id: str, timestamp: int, body: bytes) -> str:
    """The ``v1`` signature of one call."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{call_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode('ascii')}"


def kept_secret(secret: str) -> str:
    """The secret as the database keeps it: unreadable without the installation's secret key."""
    return encrypted(secret, PURPOSE)


def _secret(kept: str) -> str:
    """The secret again; raises :class:`UserError` (``webhooks.key_changed``) under another secret key."""
    secret = decrypted(kept, PURPOSE)
    if secret is None:
        raise UserError(
            "webhooks.key_changed",
            "系统密钥已更换，接收程序的密钥无法读取；请更换该接收程序的密钥。",
            "The installation has another secret key; change the secret of this receiving program.",
        )
    return secret


def _refused(url: str, zh: str, en: str) -> UserError:
    fault = UserError("webhooks.address", f"地址“{url}”不能使用：{zh}", f"The address “{url}” cannot be used: {en}")
    fault.field = "url"
    return fault


def _leads_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is not on the public network, itself or by the IPv4 address that it carries."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if carried is None and address in NAT64:
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None and _leads_inside(carried):
            return True
    return not address.is_global or address.is_multicast


def _asked_for(parts: SplitResult, port: int) -> tuple[str, str]:
    """The ``Host`` header and the path of a request, both in ASCII."""
    name = (
        (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else f"[{parts.hostname}]"
    )
    host = name if port == DEFAULT_PORTS[parts.scheme] else f"{name}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return host, path + (f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else "")


def resolve(url: str) -> tuple[str, int]:
    """The address to connect to and the port of ``url``.

    Every address that the name stands for must be public or in ``CBRAIN_WEBHOOK_NETWORKS``, and the call goes to the
    very address that was checked, so that a name cannot change its meaning in between. Raises :class:`UserError`
    (``webhooks.address``).
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _refused(url, "它不是一个网址。", "it is no address.") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username or parts.password:
        raise _refused(
            url, "只接受不带账号的 http 或 https 地址。", "only http and https without an account are taken."
        )
    try:
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        known = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError):
        raise _refused(url, "找不到这台主机。", "there is no such host.") from None
    addresses = [ipaddress.ip_address(str(info[4][0]).split("%")[0]) for info in known]
    allowed = [ipaddress.ip_network(network) for network in settings.WEBHOOK_NETWORKS]
    for address in addresses:
        inside = any(address.version == network.version and address in network for network in allowed)
        if not inside and _leads_inside(address):
            raise _refused(
                url,
                "它指向内部网络；确需使用时请管理员在 CBRAIN_WEBHOOK_NETWORKS 中列出该网段。",
                "it leads into an internal network; if that is meant, list the network in CBRAIN_WEBHOOK_NETWORKS.",
            )
    return str(addresses[0]), port


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was checked, and asks for the certificate of the name."""

    def __init__(self, name: str, address: str, port: int) -> None:
        self.tls = ssl.create_default_context()
        super().__init__(name, port, timeout=TIMEOUT, context=self.tls)
        self.address = address

    def connect(self) -> None:
        """Opens the connection to the pinned address."""
        bare = socket.create_connection((self.address, self.port), TIMEOUT)
        self.sock = self.tls.wrap_socket(bare, server_hostname=self.host)


def _send(url: str, body: bytes, headers: dict[str, str]) -> int:
    return call(url, body, headers)[0]


def call(url: str, body: bytes, headers: dict[str, str], method: str = "POST") -> tuple[int, bytes]:
    """Calls ``url`` once: the status and the first :data:`ANSWER` bytes of the answer. Never into the own network.

    Raises :class:`UserError` (``webhooks.address``) for an address that is refused, ``OSError`` and
    ``http.client.HTTPException`` where nobody answers.
    """
    address, port = resolve(url)
    parts = urlsplit(url)
    host, path = _asked_for(parts, port)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = _Pinned(parts.hostname or address, address, port)
    else:
        connection = http.client.HTTPConnection(address, port, timeout=TIMEOUT)
    try:
        connection.request(method, path, body, {**headers, "Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER)  # a redirect is an answer like any other refusal: it is not followed
    finally:
        connection.close()


def payload(call: Call) -> dict[str, Any]:
    """What the receiver gets: the event with its sentence in both languages; rows themselves are read by the API."""
    event = call.event
    told = {}
    for language, code in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(code):
            told[language] = sentence(event)
    return {
        "type": event.verb,
        "kind": by_verb()[event.verb].code if event.verb in by_verb() else "",
        "timestamp": event.at.isoformat(),
        "data": {
            "event": event.pk,
            "business_date": event.business_date.isoformat(),
            "subject": {"type": event.subject_type, "id": event.subject_id},
            "unit": event.unit_id,
            "sentence": told,
        },
    }


def _headers(call: Call, body: bytes, now: datetime) -> dict[str, str]:
    endpoint, moment = call.endpoint, int(now.timestamp())
    call_id = f"call_{endpoint.pk}_{call.event_id}"
    signed = [signature(_secret(endpoint.secret), call_id, moment, body)]
    overlaps = endpoint.earlier_until is not None and endpoint.earlier_until > now
    earlier = decrypted(endpoint.earlier_secret, PURPOSE) if overlaps else None  # none too under another key of ours
    if earlier:
        signed.append(signature(earlier, call_id, moment, body))
    return {
        "Content-Type": "application/json",
        "User-Agent": "commercebrain",
        "webhook-id": call_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(signed),
    }


def call_due(now: datetime | None = None, most: int = 200) -> tuple[int, int]:
    """Makes the calls that are due: (received, not received). Does nothing unless webhooks are on."""
    if not webhooks_are_on():
        return 0, 0
    now = now or timezone.now()
    rows = Call.objects.filter(state=Call.State.WAITING, next_at__lte=now, endpoint__active=True)
    received = missed = 0
    for call in rows.select_related("endpoint", "event__person").order_by("next_at", "pk")[:most]:
        # Claimed before it is made: of two workers one calls; a worker that dies leaves it to the next after LEASE.
        claimed = Call.objects.filter(pk=call.pk, state=Call.State.WAITING, next_at__lte=now)
        if not claimed.update(next_at=now + LEASE):
            continue
        if _try(call, timezone.now()):
            received += 1
        else:
            missed += 1
    return received, missed


def _try(call: Call, now: datetime) -> bool:
    body = json.dumps(payload(call), ensure_ascii=False).encode()
    try:
        status = _send(call.endpoint.url, body, _headers(call, body, now))
        told, good = str(status), 200 <= status < 300
    except UserError as fault:
        told, good = fault.say("en")[:200], False
    except Exception as fault:  # whatever one receiver brings about, the others are called
        if not isinstance(fault, (OSError, http.client.HTTPException)):
            logger.exception("The call %s failed", call.pk)
        told, good = type(fault).__name__, False
    with transaction.atomic():
        if good:
            Call.objects.filter(pk=call.pk).update(
                state=Call.State.DONE, tries=F("tries") + 1, last_at=now, answer=told, next_at=None
            )
            Endpoint.objects.filter(pk=call.endpoint_id).update(failures=0)
            return True
        over = now - call.made_at >= TRY_FOR
        Call.objects.filter(pk=call.pk).update(
            state=Call.State.FAILED if over else Call.State.WAITING,
            tries=F("tries") + 1,
            last_at=now,
            answer=told,
            next_at=None if over else now + backoff(call.tries + 1, call.pk),
        )
        Endpoint.objects.filter(pk=call.endpoint_id).update(failures=F("failures") + 1)
        endpoint = Endpoint.objects.select_related("unit").get(pk=call.endpoint_id)
        if endpoint.active and endpoint.failures >= PAUSE_AFTER:
            Endpoint.objects.filter(pk=endpoint.pk).update(active=False, paused_because=told)
            record("webhook.paused", endpoint, None, unit=endpoint.unit, name=endpoint.name, count=endpoint.failures)
    return False
