"""Whether the bureau has an identity provider; what speaks to it (:mod:`.oidc`) is loaded only then."""

from __future__ import annotations

from types import ModuleType
from urllib.parse import urlsplit

from django.conf import settings


def is_on() -> bool:
    """Whether an identity provider is configured."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def provider_name() -> str:
    """The provider as the sign-in page names it."""
    return settings.OIDC_NAME or urlsplit(settings.OIDC_ISSUER).hostname or ""


def speaker() -> ModuleType:
    """The module that speaks to the provider; its libraries are loaded with it."""
    from commercebrain.desk.access import oidc

    return oidc
