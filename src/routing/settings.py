"""Settings: environment variables ``WAYWARDEN_*``; each one stands in docs/configuration.md."""

import ipaddress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from routing.errors import ConfigurationError
from routing.outside import Unreadable, decoded


def shipped(name: str) -> Path:
    """A file or folder that ships with Waywarden: inside the installed package, or in the checkout.

    Args:
        name: ``prefect.yaml``, ``processes``, ``councils`` or ``data``, or a path below one of them.
    """
    package = Path(__file__).parent
    installed = package / "shipped" / name
    return installed if installed.exists() else package.parent.parent / name


def _web_address(text: str) -> str:
    try:
        found = urlsplit(text)
        is_right = found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
    except ValueError:
        is_right = False
    if not is_right or not text.isprintable() or " " in text:
        raise ValueError("write a whole web address, like https://report.yourcouncil.gov.uk")
    return text


def _database_address(text: str) -> str:
    if not text:
        return text  # as if it were not set
    try:
        found = urlsplit(text)
        is_right = found.scheme == "postgresql" and text.startswith("postgresql://") and found.port != 0
    except ValueError:
        is_right = False
    if not is_right:  # not shown: it may hold a password
        raise ValueError("write the address of a PostgreSQL database, like postgresql://waywarden@db.example/waywarden")
    return text


def _mail_address(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if not (name and at and domain) or not text.isascii() or not text.isprintable() or set(text) & set(' <>,;"\\'):
        raise ValueError("write one e-mail address of plain letters, like reports@yourcouncil.gov.uk")
    return text


class Settings(BaseSettings):
    """What an installation can set. Durations carry their unit in the name."""

    model_config = SettingsConfigDict(env_prefix="WAYWARDEN_", extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path(".waywarden"), description="Everything an installation keeps on disk.")
    database_url: Annotated[str, AfterValidator(_database_address)] | None = Field(
        default=None, description="PostgreSQL for Waywarden; unset: an embedded server in the data directory."
    )
    database_owner_url: Annotated[str, AfterValidator(_database_address)] | None = Field(
        default=None,
        description="The same database as the role that owns the schema, to upgrade and restore; unset: as above.",
    )
    prefect_database_url: Annotated[str, AfterValidator(_database_address)] | None = Field(
        default=None, description="PostgreSQL for Prefect; unset: the embedded server's second database."
    )
    councils_dir: Path = Field(
        default_factory=lambda: shipped("councils"), description="One folder with a council.toml for each council."
    )
    processes_dir: Path = Field(
        default_factory=lambda: shipped("processes"), description="One folder with a process.toml for each process."
    )

    host: str = Field(default="127.0.0.1", description="Address on which the web listens; Prefect stays on 127.0.0.1.")
    web_port: int = Field(default=0, ge=0, le=65535, description="Port of the web; 0: a free one.")
    web_processes: int = Field(default=1, ge=1, le=64, description="Web processes that share the port.")
    language: str = Field(
        default="en-GB", pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", description="Language of the citizen's pages."
    )
    locale_dir: Path | None = Field(
        default=None, description="Folder of catalogues, `<language>/LC_MESSAGES/waywarden.mo`; unset: English."
    )
    reports_per_hour: int = Field(
        default=60,
        ge=0,
        description="Reports that one address may begin or send in an hour; its network ten times; 0: any.",
    )
    public_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        default=None, description="Address at which citizens reach the web; unset: the address it listens on."
    )
    prefect_port: int = Field(default=0, ge=0, le=65535, description="Port of Prefect's API and UI; 0: a free one.")

    smtp_host: str = Field(default="127.0.0.1", description="Mail server that takes the council's messages.")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="none is accepted only for a mail server on loopback."
    )
    smtp_user: str | None = Field(default=None, description="User name, where the mail server wants one.")
    smtp_password_file: Path | None = Field(default=None, description="File whose first line is the password.")
    smtp_ca_file: Path | None = Field(default=None, description="CA bundle for the mail server's certificate.")
    smtp_from: Annotated[str, AfterValidator(_mail_address)] = Field(
        default="waywarden@localhost.localdomain",
        description="Address in From and, with the delivery's id, the envelope sender.",
    )
    smtp_reply_to: Annotated[str, AfterValidator(_mail_address)] | None = Field(
        default=None,
        description="Address in Reply-To, where a council's `[[replies]]` names none; unset: its review mailbox.",
    )
    smtp_connections: int = Field(default=4, ge=1, le=32, description="Most connections to the mail server at once.")
    smtp_timeout_s: float = Field(default=30, gt=0, description="Seconds to wait for the mail server.")
    retry_after_s: tuple[float, ...] = Field(
        default=(60, 300, 1800, 7200, 21600, 86400),
        description="Waits before each further try of a delivery that was not taken for the time being; then review.",
    )

    mail_per_citizen_day: int = Field(
        default=20, ge=0, description="Messages that one citizen's mailbox gets in 24 hours; 0: any number."
    )
    mail_per_recipient_hour: int = Field(
        default=30,
        ge=0,
        description="Messages that a clerk or team gets one by one in an hour; then copies and additions wait for its "
        "end and come together; 0: any number.",
    )

    batch_size: int = Field(default=500, ge=1, le=5000, description="Most reports in one run.")
    batches: int = Field(default=2, ge=1, le=8, description="Runs at once in one engine: one sends, one gathers.")
    runs_per_minute: int = Field(
        default=60,
        ge=1,
        description="Runs that one engine starts in the long run, and at once; then reports share them.",
    )
    lease_s: float = Field(default=60, ge=1, description="Seconds after which a silent engine loses its batch.")
    scan_s: float = Field(default=15, gt=0, description="Seconds between looks for lapsed leases and due retries.")
    ui_poll_s: float = Field(default=2, gt=0, description="Seconds between looks for runs started in Prefect's UI.")
    attempts: int = Field(default=5, ge=1, le=20, description="Tries of a report that breaks its run, then review.")

    moderngov_standin_url: str | None = Field(
        default=None, description="Development: ask this address instead of every council's Modern.Gov."
    )
    moderngov_ca_file: Path | None = Field(default=None, description="CA bundle for Modern.Gov.")
    moderngov_interval_s: float = Field(default=1.0, ge=0, description="Least seconds between requests to one host.")
    contact_history_days: int = Field(
        default=365, ge=1, description="Days for which the former values of a contact are kept."
    )

    private_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = Field(
        default=(),
        description='Private networks in which a Modern.Gov or a publisher may be, as `["10.0.0.0/8"]`; none: none.',
    )

    boundaries_portal: str = Field(
        default="https://geoportal.statistics.gov.uk/api/search/v1",
        description="Search of the ONS Open Geography Portal.",
    )
    boundaries_url: str | None = Field(
        default=None, description="Layer of parishes, `…/FeatureServer/0`; unset: the newest that the portal lists."
    )
    boundaries_districts: str | None = Field(
        default=None, description="Layer or file of districts; unset: the newest that the portal lists."
    )
    boundaries_generalisation: Literal["BFE", "BFC", "BGC"] = Field(
        default="BFC", description="Full resolution to low water (BFE) or high water (BFC), or 20 m (BGC)."
    )
    boundaries_where: str = Field(default="1=1", description="Which parishes, as SQL: `LAD25CD IN ('E06000037')`.")
    boundaries_mapping: Path | None = Field(
        default=None, description="CSV of retired codes: `old_code,new_code,reason`; for refreshes and checks."
    )
    boundaries_ca_file: Path | None = Field(default=None, description="CA bundle for the publisher of boundaries.")

    prefect_retention_days: int = Field(default=14, ge=1, description="Days for which Prefect keeps its runs.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")

    @cached_property
    def prefect_home(self) -> Path:
        """Prefect's own folder inside the data directory."""
        return self.data_dir.resolve() / "prefect"

    @property
    def web_address(self) -> str | None:
        """Address at which the web of this machine listens; None where it takes a free port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.web_port}" if self.web_port else None

    @property
    def public_address(self) -> str:
        """Address at which citizens reach the web, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.web_port}").rstrip("/")

    def smtp_password(self) -> str | None:
        """Read the password file.

        Raises:
            ConfigurationError: the file cannot be read or its first line is empty.
        """
        if self.smtp_password_file is None:
            return None
        try:
            text = decoded(self.smtp_password_file.read_bytes())
        except OSError as error:
            raise ConfigurationError(
                f"WAYWARDEN_SMTP_PASSWORD_FILE: {self.smtp_password_file} cannot be read "
                f"({error.strerror}). Name a file that this user may read."
            ) from None
        except Unreadable:
            raise ConfigurationError(
                f"WAYWARDEN_SMTP_PASSWORD_FILE: {self.smtp_password_file} is not UTF-8. Save it as UTF-8."
            ) from None
        password = text.split("\n", 1)[0].removesuffix("\r")
        if (what := _why_no_password(password)) is not None:
            raise ConfigurationError(
                f"WAYWARDEN_SMTP_PASSWORD_FILE: the first line of {self.smtp_password_file} {what}. "
                "Write the password there, by hand."
            )
        return password


def _why_no_password(line: str) -> str | None:
    """What is wrong with the line in which a password should be; None where it is one, blanks at its ends included."""
    if not line.strip():
        return "is empty"
    odd = next((each for each in line if each != " " and not each.isprintable()), None)
    return f"holds a character that nobody sees (U+{ord(odd):04X})" if odd is not None else None


def read_settings(**overrides: object) -> Settings:
    """Read the environment.

    Raises:
        ConfigurationError: a variable has a value that is not taken; names each one.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates them
    except ValidationError as error:
        lines = [f"WAYWARDEN_{'.'.join(str(part) for part in e['loc']).upper()}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError("Change these settings. " + "; ".join(lines)) from None
    except SettingsError as error:  # a list or a table that is not JSON
        field = str(error).partition('field "')[2].partition('"')[0].upper()
        raise ConfigurationError(f"Change WAYWARDEN_{field}: it is not JSON. See docs/configuration.md.") from None


def leads_nowhere(address: str) -> bool:
    """Whether an address of the web is of no use on another machine."""
    try:
        found = urlsplit(address)
        host, port = found.hostname or "", found.port
    except ValueError:
        return True
    return is_loopback(host) or host in {"", "0.0.0.0", "::"} or port == 0  # noqa: S104  # nothing is bound


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
