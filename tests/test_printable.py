"""Text as it may be shown."""

import pytest

from localtrack.printable import size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1234567, "1.2 MB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_a_size_is_rounded_in_the_unit_that_suits_it(size, text):
    assert size_text(size) == text
