# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A corpus of 300 generated files in 20 forms of bytes: a no-op keeps every byte, and one edit changes only its own span."""

from __future__ import annotations

import pytest
from drills.config_corpus import FILES, VARIANTS, Variant, config_text
from drills.webconfig_edit import check_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_file_of_the_corpus_in_this_form(variant: Variant) -> None:
    assert [fault for number in range(FILES) if (fault := check_file(number, variant))] == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(number=st.integers(0, 2**32), variant=st.sampled_from(VARIANTS))
def test_any_file_in_any_form(number: int, variant: Variant) -> None:
    assert check_file(number, variant) == ""


def test_the_corpus_has_the_habits_of_people() -> None:
    files = [config_text(number) for number in range(FILES)]
    assert len(set(files)) == FILES
    for habit in (
        "xmlns=",
        "<location",
        "<![CDATA[",
        "<?pi",
        " = ",
        "='",
        "&quot;",
        "a\nb",
        "\t",
        "<!-- here -->",
        "\u20ac",
        "></add>",
        "</add >",
    ):
        assert 5 < sum(habit in text for text in files) <= FILES, habit
    assert 30 < sum(text.endswith("</configuration>") for text in files) < 150
