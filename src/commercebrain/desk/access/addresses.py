"""The address that a request comes from, also behind proxies, and what the browser says of itself."""

from __future__ import annotations

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("MicroMessenger", "微信 WeChat"), ("Chrome", "Chrome"),
            ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks.

    Each of the ``settings.PROXIES`` trusted proxies adds the address that it was called from at the end of
    ``X-Forwarded-For``; the one that many places from the right is the caller. What stands further left the caller may
    have written itself, so it is never believed. Without trusted proxies the header is not read at all.
    """
    peer = str(request.META.get("REMOTE_ADDR", "") or "")
    if settings.PROXIES > 0:
        passed = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(passed) >= settings.PROXIES and _is_address(passed[-settings.PROXIES]):
            return passed[-settings.PROXIES]
    return peer if _is_address(peer) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def agent_of(request: HttpRequest) -> str:
    """What the browser says of itself, shortened."""
    return re.sub(r"[^\x20-\x7e]", "", str(request.META.get("HTTP_USER_AGENT", "")))[:255]


def device_named(agent: str) -> str:
    """A browser's line in words that people recognise: ``Chrome · Windows``."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent[:40]
