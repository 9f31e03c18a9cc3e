"""A person: name, postal address and email of somebody. Always personal."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process.kinds.question import BaseQuestion, Given, Keeping, Refused
from routing.vocabulary import email_address, has_accent, printable

PARTS = ("name", "address", "email")
MOST = {"name": 120, "address": 300, "email": 254}


class PersonQuestion(BaseQuestion):
    """A question for a person: name, and an address or an email address. Its answers are always personal.

    Attributes:
        kind: kind of the question.
    """

    template: ClassVar[str] = "person.html"
    is_typed: ClassVar[bool] = True
    unanswered: ClassVar[str] = noop("Enter a name")

    kind: Literal["person"]

    @property
    def missing(self) -> Refused:
        return Refused(self.error or _(self.unanswered), ("name",))

    @property
    def first_field(self) -> str:
        return f"{self.id}-{PARTS[0]}"

    def of_form(self, form: Mapping[str, Any]) -> object:
        return {part: form.get(f"{self.id}-{part}") for part in PARTS}

    def typed_in_words(self, form: Mapping[str, str]) -> str:
        return ", ".join(text for part in PARTS if (text := form.get(f"{self.id}-{part}", "").strip()))

    def form_values(self, value: str) -> dict[str, str]:
        return {f"{self.id}-{part}": text for part, text in (self._stored(value) or {}).items()}

    def is_nothing(self, said: object) -> bool:
        if isinstance(said, Mapping):
            return all(super(PersonQuestion, self).is_nothing(said.get(part)) for part in PARTS)
        return super().is_nothing(said)

    def read(self, said: object, given: Given) -> str | Refused:  # noqa: ARG002  # the same on every day
        """An object with ``name``, ``address`` and ``email``; kept as JSON."""
        if isinstance(said, str):
            said = self._stored(said)
        if not isinstance(said, Mapping) or set(said) - set(PARTS):
            return Refused(_("Enter a name, and an address or an email address"))
        parts = dict[str, str]()
        for part in PARTS:
            text = said.get(part)
            if text is not None and not isinstance(text, str):
                return Refused(_("Enter a name, and an address or an email address"), (part,))
            lines = [printable(line, MOST[part] + 1) for line in (text or "").splitlines()]
            parts[part] = ", ".join(line for line in lines if line)
        return self._checked(parts)

    def _checked(self, parts: dict[str, str]) -> str | Refused:
        if not parts["name"]:
            return self.missing
        for part, most in MOST.items():
            if len(parts[part]) > most:
                return Refused(_("Enter {most} characters or less").format(most=most), (part,))
        if parts["email"]:
            try:
                parts["email"] = email_address(parts["email"])
            except ValueError:
                accents = _("Enter an email address without accents before the @, like name@example.com")
                format_ = _("Enter an email address in the correct format, like name@example.com")
                return Refused(accents if has_accent(parts["email"]) else format_, ("email",))
        elif not parts["address"]:
            return Refused(_("Enter an address or an email address"), ("address",))
        return json.dumps({part: text for part, text in parts.items() if text}, ensure_ascii=False)

    @property
    def expects(self) -> str:
        return "Send an object with name, and with address or email."

    @staticmethod
    def _stored(value: str) -> dict[str, str] | None:
        try:
            found = json.loads(value)
        except ValueError:
            return None
        is_person = isinstance(found, dict) and set(found) <= set(PARTS) and found.get("name")
        return found if is_person and all(isinstance(text, str) for text in found.values()) else None

    def display(self, value: str) -> str:
        found = self._stored(value)
        if found is None:
            raise self.not_offered(value)
        return ", ".join(found[part] for part in PARTS if found.get(part))

    @property
    def kept_with(self) -> Keeping:
        return Keeping.REPORTER

    def to_schema(self) -> dict[str, Any]:
        properties = {part: {"type": "string", "maxLength": most} for part, most in MOST.items()}
        anyone = [{"required": ["address"]}, {"required": ["email"]}]
        return {"type": "object", "properties": properties, "required": ["name"], "anyOf": anyone,
                "additionalProperties": False}  # fmt: skip

    def to_json(self, value: str) -> Any:
        return self._stored(value)

    def is_sensitive(self, value: str) -> bool:  # noqa: ARG002  # whatever it says
        return True
