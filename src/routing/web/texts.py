"""The web's own words, through gettext; those of a process stand in its definition, those of a council in its file."""

import gettext as library

LANGUAGE = "en-GB"
NONE = library.NullTranslations()


def gettext(text: str) -> str:
    """A text in the language of the pages."""
    return NONE.gettext(text)
