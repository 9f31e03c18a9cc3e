"""The pages' words in the language of the installation, through gettext: the web's own, and those of definitions.

Without a catalogue, each text stands for itself. The catalogue is ``<folder>/<language>/LC_MESSAGES/waywarden.mo``; how
it is made, docs/your-council.md says.
"""

import gettext as library
import struct
from pathlib import Path

from routing.errors import ConfigurationError

ENGLISH = "en-GB"
DOMAIN = "waywarden"
BROKEN = (OSError, ValueError, LookupError, TypeError, struct.error, RecursionError, SyntaxError)
"""What gettext raises where a catalogue is none, or breaks off."""

ENGLISH_TEXTS = library.NullTranslations()


class _Chosen:
    """The language of this process."""

    language = ENGLISH
    catalogue = ENGLISH_TEXTS


def choose_language(language: str, folder: Path | None) -> None:
    """Show pages in a language from now on.

    Args:
        language: BCP 47, as ``cy``.
        folder: of catalogues; None for English.

    Raises:
        ConfigurationError: there is no catalogue of this language, or it cannot be read.
    """
    if language == ENGLISH and folder is None:
        found: library.NullTranslations = ENGLISH_TEXTS
    else:
        try:
            found = library.translation(DOMAIN, str(folder or ""), [language.replace("-", "_")])
        except FileNotFoundError:
            where = f"{folder}/{language.replace('-', '_')}/LC_MESSAGES/{DOMAIN}.mo"
            text = f"WAYWARDEN_LANGUAGE is {language}, and there is no {where}. Compile it, or unset the language."
            raise ConfigurationError(text) from None
        except BROKEN as error:
            text = f"WAYWARDEN_LANGUAGE is {language}, and its catalogue in {folder} cannot be read"
            raise ConfigurationError(f"{text} ({type(error).__name__}). Compile it anew with msgfmt.") from None
    _Chosen.language, _Chosen.catalogue = language, found


def language() -> str:
    """The language of the pages."""
    return _Chosen.language


def catalogue() -> library.NullTranslations:
    """The catalogue in use; another one is another object."""
    return _Chosen.catalogue


def speaks_english() -> bool:
    """Whether no catalogue is in use."""
    return _Chosen.catalogue is ENGLISH_TEXTS


def noop(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


def gettext(text: str) -> str:
    """A text in the language of the pages."""
    return _Chosen.catalogue.gettext(text) if text else text
