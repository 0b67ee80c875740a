"""Secrets that the product must read again are kept encrypted, under keys that no backup holds."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def _ciphers(purpose: str) -> MultiFernet:
    """Ciphers of keys derived from the secret key and the ones before it; the first encrypts."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [
        HKDF(algorithm=SHA256(), length=32, salt=None, info=f"commercebrain {purpose}".encode()).derive(key.encode())
        for key in keys
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def encrypted(text: str, purpose: str) -> str:
    """The text, unreadable without the installation's secret key; ``purpose`` keeps one use apart from another."""
    return _ciphers(purpose).encrypt(text.encode()).decode()


def decrypted(text: str, purpose: str) -> str | None:
    """The text again; none under another secret key or for another purpose."""
    try:
        return _ciphers(purpose).decrypt(text.encode()).decode()
    except InvalidToken:
        return None
