"""What django-allauth is told to do our way: secrets of one-time codes are encrypted before they are stored."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from commercebrain.engine.errors import UserError


def _ciphers() -> MultiFernet:
    """Ciphers of keys derived from the secret key and the ones before it; the first encrypts."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [
        HKDF(algorithm=SHA256(), length=32, salt=None, info=b"commercebrain one-time codes").derive(key.encode())
        for key in keys
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


class EncryptedSecrets(DefaultMFAAdapter):
    """Secrets at rest are unreadable without the installation's secret key, which no backup holds."""

    def encrypt(self, text: str) -> str:
        """The text, encrypted."""
        return _ciphers().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text again; raises :class:`UserError` (``second_factor.key_changed``) under another secret key."""
        try:
            return _ciphers().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise UserError(
                "second_factor.key_changed",
                "系统密钥已更换，原有的动态口令无法验证；请管理员重置您的动态口令（cbrain reset-second-factor 用户名）。",
                "The installation has another secret key, so the one-time codes cannot be checked; ask an administrator "
                "to reset them (cbrain reset-second-factor NAME).",
            ) from None
