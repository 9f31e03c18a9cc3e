"""Settings: environment variables ``WAYWARDEN_*``, documented in docs/configuration.md."""

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
    """A file or folder that comes with Waywarden, in the installed package or in the checkout.

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
        raise ValueError("enter a full web address, like https://report.yourcouncil.gov.uk")
    return text


def _database_address(text: str) -> str:
    if not text:
        return text  # same as unset
    try:
        found = urlsplit(text)
        is_right = found.scheme == "postgresql" and text.startswith("postgresql://") and found.port != 0
    except ValueError:
        is_right = False
    if not is_right:  # do not show it: it may contain a password
        raise ValueError("enter the address of a PostgreSQL database, like postgresql://waywarden@db.example/waywarden")
    return text


def _mail_address(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if not (name and at and domain) or not text.isascii() or not text.isprintable() or set(text) & set(' <>,;"\\'):
        raise ValueError("enter one email address without accents, like reports@yourcouncil.gov.uk")
    return text


class Settings(BaseSettings):
    """Settings of an installation. Durations have their unit in the name."""

    model_config = SettingsConfigDict(env_prefix="WAYWARDEN_", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path(".waywarden"), description="Folder for everything that an installation keeps on disk."
    )
    database_url: Annotated[str, AfterValidator(_database_address)] | None = Field(
        default=None, description="PostgreSQL for Waywarden. Default: an embedded server in the data directory."
    )
    database_owner_url: Annotated[str, AfterValidator(_database_address)] | None = Field(
        default=None,
        description="The same database with the role that owns the schema, to upgrade and restore. Default: as above.",
    )
    prefect_database_url: Annotated[str, AfterValidator(_database_address)] | None = Field(
        default=None, description="PostgreSQL for Prefect. Default: the embedded server's second database."
    )
    councils_dir: Path = Field(
        default_factory=lambda: shipped("councils"),
        description="Folder with a folder for each council, which contains its council.toml.",
    )
    processes_dir: Path = Field(
        default_factory=lambda: shipped("processes"),
        description="Folder with a folder for each process, which contains its process.toml.",
    )

    host: str = Field(
        default="127.0.0.1", description="Address the web listens on. Prefect always listens on 127.0.0.1."
    )
    web_port: int = Field(default=0, ge=0, le=65535, description="Port of the web. Use 0 for a free port.")
    web_processes: int = Field(default=1, ge=1, le=64, description="Number of web processes that share the port.")
    language: str = Field(
        default="en-GB", pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", description="Language of the pages for citizens."
    )
    locale_dir: Path | None = Field(
        default=None, description="Folder of translations, `<language>/LC_MESSAGES/waywarden.mo`. Default: English."
    )
    reports_per_hour: int = Field(
        default=60,
        ge=0,
        description="Most reports that one IP address can start or send in an hour; its network can do 10 times as "
        "many. Use 0 for no limit.",
    )
    public_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        default=None, description="Web address that citizens use. Default: the address the web listens on."
    )
    prefect_port: int = Field(
        default=0, ge=0, le=65535, description="Port of Prefect's API and UI. Use 0 for a free port."
    )

    smtp_host: str = Field(default="127.0.0.1", description="Mail server that sends the council's messages.")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="Encryption of the connection. Use none only for a mail server on this machine."
    )
    smtp_user: str | None = Field(default=None, description="User name, if the mail server needs one.")
    smtp_password_file: Path | None = Field(default=None, description="File with the password in its first line.")
    smtp_ca_file: Path | None = Field(default=None, description="CA bundle for the mail server's certificate.")
    smtp_from: Annotated[str, AfterValidator(_mail_address)] = Field(
        default="waywarden@localhost.localdomain",
        description="Address in From and, with the delivery's id, in the envelope sender.",
    )
    smtp_reply_to: Annotated[str, AfterValidator(_mail_address)] | None = Field(
        default=None,
        description="Address in Reply-To, if a council's `[[replies]]` names none. Default: its review mailbox.",
    )
    smtp_connections: int = Field(default=4, ge=1, le=32, description="Most connections to the mail server at once.")
    smtp_timeout_s: float = Field(default=30, gt=0, description="Seconds to wait for the mail server.")
    retry_after_s: tuple[float, ...] = Field(
        default=(60, 300, 1800, 7200, 21600, 86400),
        description="Seconds to wait before each retry of a message that was temporarily refused. After the last one, "
        "the report goes to review.",
    )

    mail_per_citizen_day: int = Field(
        default=20, ge=0, description="Most messages to one citizen in 24 hours. Use 0 for no limit."
    )
    mail_per_recipient_hour: int = Field(
        default=30,
        ge=0,
        description="Most single messages to a clerk or team in an hour. After that, we send copies and additions "
        "together at the end of the hour. Use 0 for no limit.",
    )

    batch_size: int = Field(default=500, ge=1, le=5000, description="Most reports in one run.")
    batches: int = Field(
        default=2, ge=1, le=8, description="Runs at the same time in one engine: one sends while one gathers."
    )
    runs_per_minute: int = Field(
        default=60,
        ge=1,
        description="Most runs that one engine starts per minute on average, and at once. After that, reports share "
        "runs.",
    )
    lease_s: float = Field(
        default=60, ge=1, description="Seconds until other engines take over the batch of a silent engine."
    )
    scan_s: float = Field(default=15, gt=0, description="Seconds between checks for expired leases and due retries.")
    ui_poll_s: float = Field(default=2, gt=0, description="Seconds between checks for runs started in Prefect's UI.")
    attempts: int = Field(
        default=5,
        ge=1,
        le=20,
        description="How often we try a report that makes its run fail. After that, it goes to review.",
    )

    moderngov_standin_url: str | None = Field(
        default=None, description="For development: use this address instead of every council's Modern.Gov."
    )
    moderngov_ca_file: Path | None = Field(default=None, description="CA bundle for Modern.Gov.")
    moderngov_interval_s: float = Field(
        default=1.0, ge=0, description="Shortest time in seconds between requests to one host."
    )
    contact_history_days: int = Field(default=365, ge=1, description="Days to keep former values of a contact.")

    private_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = Field(
        default=(),
        description='Private networks where a Modern.Gov or a publisher may be, like `["10.0.0.0/8"]`. Default: none.',
    )

    boundaries_portal: str = Field(
        default="https://geoportal.statistics.gov.uk/api/search/v1",
        description="Search address of the ONS Open Geography Portal.",
    )
    boundaries_url: str | None = Field(
        default=None, description="Layer of parishes, `…/FeatureServer/0`. Default: the newest on the portal."
    )
    boundaries_districts: str | None = Field(
        default=None, description="Layer or file of districts. Default: the newest on the portal."
    )
    boundaries_generalisation: Literal["BFE", "BFC", "BGC"] = Field(
        default="BFC",
        description="Detail of the boundaries: full resolution to low water (BFE) or high water (BFC), or 20 m (BGC).",
    )
    boundaries_where: str = Field(
        default="1=1", description="Parishes to fetch, as SQL, such as `LAD25CD IN ('E06000037')`."
    )
    boundaries_mapping: Path | None = Field(
        default=None, description="CSV of retired codes for refreshes and checks: `old_code,new_code,reason`."
    )
    boundaries_ca_file: Path | None = Field(default=None, description="CA bundle for the publisher of boundaries.")

    clock_file: Path | None = Field(
        default=None,
        description="For development: file with the seconds by which the time of cases is ahead.",
    )
    prefect_retention_days: int = Field(default=14, ge=1, description="Days to keep runs in Prefect.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Lowest level to log.")

    @cached_property
    def prefect_home(self) -> Path:
        """Prefect's own folder inside the data directory."""
        return self.data_dir.resolve() / "prefect"

    @property
    def web_address(self) -> str | None:
        """Address the web of this machine listens on; None if it uses a free port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.web_port}" if self.web_port else None

    @property
    def public_address(self) -> str:
        """Web address that citizens use, without a slash at its end."""
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
                f"({error.strerror}). Choose a file that this user can read."
            ) from None
        except Unreadable:
            raise ConfigurationError(
                f"WAYWARDEN_SMTP_PASSWORD_FILE: {self.smtp_password_file} is not UTF-8. Save it as UTF-8."
            ) from None
        password = text.split("\n", 1)[0].removesuffix("\r")
        if (what := _why_no_password(password)) is not None:
            raise ConfigurationError(
                f"WAYWARDEN_SMTP_PASSWORD_FILE: the first line of {self.smtp_password_file} {what}. "
                "Type the password there."
            )
        return password


def _why_no_password(line: str) -> str | None:
    """What is wrong with the line of the password; None if it is right. Spaces at its ends belong to it."""
    if not line.strip():
        return "is empty"
    odd = next((each for each in line if each != " " and not each.isprintable()), None)
    return f"contains an invisible character (U+{ord(odd):04X})" if odd is not None else None


def read_settings(**overrides: object) -> Settings:
    """Read the environment.

    Raises:
        ConfigurationError: a variable has a wrong value; names each one.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates them
    except ValidationError as error:
        lines = [
            f"WAYWARDEN_{'.'.join(str(part) for part in e['loc']).upper()}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise ConfigurationError("Correct these settings. " + "; ".join(lines)) from None
    except SettingsError as error:  # a list or table is not JSON
        field = str(error).partition('field "')[2].partition('"')[0].upper()
        raise ConfigurationError(f"Write WAYWARDEN_{field} as JSON. See docs/configuration.md.") from None


def leads_nowhere(address: str) -> bool:
    """Whether an address of the web does not work on another machine."""
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
