"""Texts of pages and definitions in the language of the installation, with gettext.

Without a catalogue, texts stay unchanged. The catalogue is ``<folder>/<language>/LC_MESSAGES/waywarden.mo``.
docs/your-council.md says how to make it.
"""

import gettext as library
import struct
from pathlib import Path

from routing.errors import ConfigurationError

ENGLISH = "en-GB"
DOMAIN = "waywarden"
BROKEN = (OSError, ValueError, LookupError, TypeError, struct.error, RecursionError, SyntaxError)
"""What gettext raises if a file is not a catalogue, or is incomplete."""

ENGLISH_TEXTS = library.NullTranslations()


class _Chosen:
    """The language of this process."""

    language = ENGLISH
    catalogue = ENGLISH_TEXTS


def choose_language(language: str, folder: Path | None) -> None:
    """Set the language of the pages.

    Args:
        language: BCP 47, such as ``cy``.
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
            text = (
                f"Create {where} with msgfmt, or unset WAYWARDEN_LANGUAGE. It is {language}, but there is no such file."
            )
            raise ConfigurationError(text) from None
        except BROKEN as error:
            text = f"WAYWARDEN_LANGUAGE is {language}, but its catalogue in {folder} cannot be read"
            raise ConfigurationError(f"{text} ({type(error).__name__}). Create it again with msgfmt.") from None
    _Chosen.language, _Chosen.catalogue = language, found


def language() -> str:
    """The language of the pages."""
    return _Chosen.language


def catalogue() -> library.NullTranslations:
    """The catalogue in use. Each catalogue is a separate object."""
    return _Chosen.catalogue


def speaks_english() -> bool:
    """Whether no catalogue is in use."""
    return _Chosen.catalogue is ENGLISH_TEXTS


def noop(text: str) -> str:
    """Mark a text for translation when it is shown."""
    return text


def gettext(text: str) -> str:
    """A text in the language of the pages."""
    return _Chosen.catalogue.gettext(text) if text else text
