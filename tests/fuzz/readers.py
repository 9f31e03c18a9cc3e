"""Every reader of the product that takes bytes from outside."""

from tests.fuzz.definitions import DEFINITIONS
from tests.fuzz.people import PEOPLE
from tests.fuzz.places import PLACES

READERS = (*DEFINITIONS, *PLACES, *PEOPLE)
