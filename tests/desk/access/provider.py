"""A small identity provider on loopback: discovery, authorisation, code exchange with PKCE, signed tokens, user info."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "commercebrain", "a client's secret"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@cache
def its_key() -> rsa.RSAPrivateKey:
    """One key for every provider of a process: finding one takes longer than a test of it."""
    return rsa.generate_private_key(65537, 2048)


@dataclass
class Provider:
    """What it knows and how it misbehaves: ``claims`` go over the honest ones, ``sign`` replaces the signature."""

    address: str = ""
    user: dict[str, Any] = field(default_factory=lambda: {"sub": "7", "preferred_username": "clerk"})
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    in_token: bool = True
    algorithm: str = "RS256"
    sign: Any = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    exchanges: list[dict[str, str]] = field(default_factory=list)
    key: rsa.RSAPrivateKey = field(default_factory=its_key)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
            "end_session_endpoint": f"{self.address}/end",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def jwks(self) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        n, e = (b64(x.to_bytes((x.bit_length() + 7) // 8, "big")) for x in (numbers.n, numbers.e))
        return {"keys": [{"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "n": n, "e": e}]}

    def authorize(self, address: str) -> str:
        """A person agrees at the provider: the address that the browser is sent back to."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_hex(8)
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            "sub": self.user["sub"],
        }
        claims |= self.user if self.in_token else {}
        claims = {key: value for key, value in (claims | self.claims).items() if value is not None}
        head = b64(json.dumps({"alg": self.algorithm, "kid": "k1"}).encode())
        signed = f"{head}.{b64(json.dumps(claims).encode())}"
        sign = self.sign or (lambda text: self.key.sign(text, padding.PKCS1v15(), hashes.SHA256()))
        return f"{signed}.{b64(sign(signed.encode()))}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.exchanges.append(form)
        asked = self.asked.pop(form.get("code", ""), None)
        proof = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = asked is not None and asked.get("code_challenge_method") == "S256"
        if not right or asked is None or not hmac.compare_digest(proof, asked["code_challenge"]):
            return 400, {"error": "invalid_grant"}
        if form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(asked.get("nonce", ""))}


@contextmanager
def running() -> Iterator[Provider]:
    """The provider, answering on a free port."""
    held = Provider()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            pages = {
                "/.well-known/openid-configuration": held.discovery,
                "/jwks": held.jwks,
                "/userinfo": lambda: held.userinfo or held.user,
            }
            page = pages.get(urlsplit(self.path).path)
            self.answer(200 if page else 404, page() if page else {})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer(*held.token({key: values[0] for key, values in parse_qs(sent).items()}))

        def log_message(self, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
