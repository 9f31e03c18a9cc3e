"""Which mail server takes the council's messages, and how it is reached; wrong settings are found when it is made."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from routing.errors import ConfigurationError
from routing.settings import is_loopback


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where and how to reach the mail server; ``security`` is none, starttls or tls."""

    host: str
    port: int
    security: str = "starttls"
    user: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    timeout_s: float = 30.0
    connections: int = 4

    def __post_init__(self) -> None:
        if self.security == "none" and not is_loopback(self.host):
            raise ConfigurationError(
                f"WAYWARDEN_SMTP_SECURITY=none is taken only for a mail server on this machine, and {self.host} is "
                "not. Set it to starttls or tls."
            )
        if self.user is not None and self.password is None:
            raise ConfigurationError("WAYWARDEN_SMTP_USER is set. Set WAYWARDEN_SMTP_PASSWORD_FILE as well.")

    def tls(self) -> ssl.SSLContext:
        """Certificates are always verified; against the CA bundle where one is set."""
        try:
            return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        except OSError:
            raise ConfigurationError(
                f"WAYWARDEN_SMTP_CA_FILE: {self.ca_file} is not a CA bundle that can be read. Name a PEM file."
            ) from None
