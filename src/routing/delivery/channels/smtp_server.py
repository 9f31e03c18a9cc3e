"""The council's mail server and how to reach it. Creating it checks the settings."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from routing.errors import ConfigurationError
from routing.settings import is_loopback


@dataclass(frozen=True, slots=True)
class MailServer:
    """The address of the mail server and how to connect; ``security`` is none, starttls or tls."""

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
                "Set WAYWARDEN_SMTP_SECURITY to starttls or tls. none is only for a mail server on this machine, and "
                f"{self.host} is not."
            )
        if self.user is not None and self.password is None:
            raise ConfigurationError("Set WAYWARDEN_SMTP_PASSWORD_FILE, because WAYWARDEN_SMTP_USER is set.")

    def tls(self) -> ssl.SSLContext:
        """Always verify certificates, with the CA bundle if one is set."""
        try:
            return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        except OSError:
            raise ConfigurationError(
                f"WAYWARDEN_SMTP_CA_FILE: {self.ca_file} cannot be read as a CA bundle. Choose a PEM file."
            ) from None
