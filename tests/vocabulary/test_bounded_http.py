"""Bounds for asking others: where a redirect may lead."""

import pytest

from routing.bounded_http import redirected

HERE = "http://council.example:8080/a/b?c=1"
SECURE = "https://council.example/a/b"


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        (HERE, "/d", "http://council.example:8080/d"),
        (HERE, "e", "http://council.example:8080/a/e"),
        (HERE, "http://COUNCIL.example:8080/d", "http://COUNCIL.example:8080/d"),
        (HERE, "https://council.example/d", None),
        (SECURE, "https://council.example/d", "https://council.example/d"),
        (SECURE, "http://council.example/d", None),
        (SECURE, "https://council.example:8443/d", None),
        (HERE, "http://council.example:22/d", None),
        (HERE, "http://other.example:8080/d", None),
        (HERE, "//other.example/d", None),
        (HERE, "http://council.example.evil.example:8080/d", None),
        (SECURE, "https://user:word@council.example/d", None),
        (SECURE, "file:///etc/passwd", None),
        (SECURE, "https://[::1", None),
        (SECURE, "https://council.example:port/d", None),
        (SECURE, "", None),
    ],
)
def test_a_redirect_is_followed_on_its_own_site_only(url, location, target):
    assert redirected(url, location) == target
