"""What django-allauth is told to do our way: secrets of one-time codes are encrypted before they are stored."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter

from commercebrain.desk.access.ciphers import decrypted, encrypted
from commercebrain.engine.errors import UserError

PURPOSE = "one-time codes"


class EncryptedSecrets(DefaultMFAAdapter):
    """Secrets at rest are unreadable without the installation's secret key, which no backup holds."""

    def encrypt(self, text: str) -> str:
        """The text, encrypted."""
        return encrypted(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """The text again; raises :class:`UserError` (``second_factor.key_changed``) under another secret key."""
        text = decrypted(encrypted_text, PURPOSE)
        if text is None:
            raise UserError(
                "second_factor.key_changed",
                "系统密钥已更换，原有的动态口令无法验证；请管理员重置您的动态口令（cbrain reset-second-factor 用户名）。",
                "The installation has another secret key, so the one-time codes cannot be checked; ask an administrator "
                "to reset them (cbrain reset-second-factor NAME).",
            )
        return text
