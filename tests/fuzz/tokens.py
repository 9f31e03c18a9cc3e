"""What inputs are spoilt with: characters, numbers and shapes at which readers have come to grief."""

LONG_NUMBER = "9" * 4_400
"""Beyond the digits that Python reads by default: ``int()``, ``tomllib`` and ``json`` raise a ValueError."""

DEEP = 2_000
LONG = 70_000

TEXTS = (
    "\0", "\ufeff", "\ufffd", "\u2028", "\u0085", "\u202e", "\u200b", "\u00a0", "\x1b[31m", "\x7f", "\U0001f600", "e\u0301",
    "²", "٣", "१", "½", "ß", "İ", "ﬁ", "\r", "\n", "\r\n", "\t", "\x0b", '"', "'", '"""', ",", ";", "\\", "=", "[", "]", "{",
    "}", "{0}", "{nobody.knows}", "%s", "%00", "../../etc", "C:\\x", "=1+1", "[bold]", "[/]", "<", ">", "&", "&#0;", "&#x110000;",
    "&#xd800;", "<![CDATA[", "]]>", "<!DOCTYPE x [", "<!--", "<?xml version='1.0' encoding='utf-7'?>", "--", "/*", "#", "@",
    "0", "-0", "-1", "1_0", "0x10", "1e999", "-1e999", "1e-400", "nan", "inf", "NaN", "Infinity", "null", "true", "None",
    "2147483647", "2147483648", "9223372036854775808", LONG_NUMBER, "1" * 400, "0." + "3" * 5_000, "1979-05-27", "9999-99-99",
    "0000-00-00T00:00:00Z", "\\u0000", "\\ud800", "\\x00", "A" * 300, "A" * LONG, "a," * 5_000, "\n" * 2_000, " " * LONG,
)  # fmt: skip

NOT_TEXT = (
    b"\xff", b"\x80", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00",
    b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x1f\x8b\x08\x00", b"PK\x03\x04",
    b"SQLite format 3\x00", b"PAR1",
)  # fmt: skip

DEEP_SHAPES = ("[" * DEEP, '{"a":' * DEEP, "[" * DEEP + "]" * DEEP, "<a>" * DEEP, "(" * DEEP, "a." * DEEP, "{a=" * DEEP)

BYTES = (*(each.encode() for each in (*TEXTS, *DEEP_SHAPES)), *NOT_TEXT)

JSON_VALUES = (
    "null", "true", "false", "0", "-1", "1.5", "1e999", "-1e999", "NaN", "Infinity", LONG_NUMBER, "1" * 400, "2147483648",
    "9223372036854775808", '""', '" "', '"\\u0000"', '"\\ud800"', '"\\u2028"', '"²"', '"\\r\\n"', '"E04\u0660\u0660\u0661"', '"[/]"', '"../../x"',
    "[]", "{}", "[[]]", "[null]", "[{}]", '{"": ""}', '{"a": [1, "b", null]}', "[" * 60 + "]" * 60, "[" * DEEP + "]" * DEEP,
    f'"{"A" * LONG}"', "-", "",
)  # fmt: skip

TOML_VALUES = (
    "true", "0", "-1", "1.5", "nan", "inf", "-inf", "1e999", LONG_NUMBER, "0x" + "f" * 5_000, "0o777", "0b1", "1_000", "2147483648",
    '""', '" "', '"\\u0000"', '"\\ud800"', '"\\U00110000"', '"\\u2028"', '"²"', '"a\\r\\nb"', '"\\u202e"', "'''\n'''", '"[/]"',
    "[]", "{}", "[[]]", "[1, 'a', []]", '[""]', '["a", "a"]', "{ a = 1 }", "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00",
    "9999-12-31T23:59:59-23:59", "0000-01-01", "[" * 60 + "]" * 60, "[" * DEEP + "]" * DEEP, "{a=" * DEEP, "a." * DEEP + "b = 1",
    f'"{"A" * LONG}"', f'"{"{nobody}" * 50}"', "",
)  # fmt: skip
