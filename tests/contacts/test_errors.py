"""Every error of the HTTP library is one of ours, with its retryability in the type."""

import inspect

import pytest
import requests

from routing.contacts.moderngov.errors import Final, ModernGovError, Retryable, mapped
from routing.contacts.moderngov.transport import MOST_WAIT_S, _wait_s

EXPECTED = {
    "RequestException": "Unreachable",
    "HTTPError": "Unreachable",
    "ConnectionError": "Unreachable",
    "ProxyError": "Unreachable",
    "SSLError": "Blocked",
    "Timeout": "Unreachable",
    "ConnectTimeout": "Unreachable",
    "ReadTimeout": "Unreachable",
    "URLRequired": "ServiceOff",
    "TooManyRedirects": "UnexpectedShape",
    "MissingSchema": "ServiceOff",
    "InvalidSchema": "ServiceOff",
    "InvalidURL": "ServiceOff",
    "InvalidHeader": "UnexpectedShape",
    "InvalidProxyURL": "Blocked",
    "ChunkedEncodingError": "Unreachable",
    "ContentDecodingError": "UnexpectedShape",
    "StreamConsumedError": "Unreachable",
    "RetryError": "Unreachable",
    "UnrewindableBodyError": "Unreachable",
    "InvalidJSONError": "UnexpectedShape",
    "JSONDecodeError": "UnexpectedShape",
}


def classes():
    found = inspect.getmembers(requests.exceptions, inspect.isclass)
    return {name: kind for name, kind in found if issubclass(kind, requests.exceptions.RequestException)}


def test_the_table_names_every_class_there_is():
    assert classes().keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_an_error_of_the_library_is_mapped_in_one_place(name):
    kind = classes()[name]
    error = kind("x", "y", 0) if name == "JSONDecodeError" else kind("clerk@x.example")
    with pytest.raises(ModernGovError) as failed, mapped("https://x.example/mg"):
        raise error
    assert type(failed.value).__name__ == EXPECTED[name]
    assert isinstance(failed.value, Retryable) is (EXPECTED[name] == "Unreachable")
    assert "clerk@" not in str(failed.value)


def leaves(kind):
    below = kind.__subclasses__()
    return [leaf for each in below for leaf in leaves(each)] if below else [kind]


@pytest.mark.parametrize("kind", leaves(ModernGovError))
def test_each_error_says_what_to_do_and_whether_a_later_try_may_help(kind):
    error = kind("https://x.example/mg", 500)
    assert issubclass(kind, Retryable) != issubclass(kind, Final)
    assert str(error).startswith(f"{kind.code}: https://x.example/mg answered 500. ")
    assert kind.what_to_do != ModernGovError.what_to_do


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("99999999", MOST_WAIT_S),
        ("-5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        (None, 0.0),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 0.0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", MOST_WAIT_S),
        ("Fri, 99 Jan 2100 00:00:00", 0.0),
        ("\u0663", 0.0),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone(said, seconds):
    assert _wait_s(said) == seconds
