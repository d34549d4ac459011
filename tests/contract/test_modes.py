"""AGILAB's mode number: all sixteen, both ways, in words."""

import pytest

from jupyter_agilab.contract.modes import (
    BITS,
    PARTS,
    mode_lettered,
    mode_numbered,
    mode_of,
    require_enabled,
)
from jupyter_agilab.errors import UsageError

# AGILAB's own letters for 0 to 15
LETTERS = [
    *("____", "___p", "__c_", "__cp", "_d__", "_d_p", "_dc_", "_dcp"),
    *("r___", "r__p", "r_c_", "r_cp", "rd__", "rd_p", "rdc_", "rdcp"),
]


@pytest.mark.parametrize("number", range(16))
def test_every_number_encodes_and_decodes(number):
    mode = mode_numbered(number)
    bits = {1: "pool", 2: "cython", 4: "cluster", 8: "rapids"}
    assert mode.parts == {name for bit, name in bits.items() if number // bit % 2}
    assert mode.number == number
    assert mode_of(*mode.parts) == mode
    assert mode.letters == LETTERS[number]
    assert mode_lettered(mode.letters) == mode
    assert mode.spelled.startswith(f"{number} ")


@pytest.mark.parametrize(
    ("number", "spelled"),
    [
        (0, "0 (plain local)"),
        (4, "4 (cluster only)"),
        (5, "5 = 4 + 1 (cluster, pool)"),
        (13, "13 = 4 + 8 + 1 (cluster, rapids, pool)"),
        (15, "15 = 1 + 2 + 4 + 8 (all four: pool, cython, cluster, rapids)"),
    ],
)
def test_numbers_are_spelled_out(number, spelled):
    assert mode_numbered(number).spelled == spelled


@pytest.mark.parametrize("number", [-1, 16, True, "4", 4.0, None])
def test_what_is_no_mode_is_refused(number):
    with pytest.raises(UsageError, match="0 to 15"):
        mode_numbered(number)


def test_a_part_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="cythn") as refused:
        mode_of("pool", "cythn")
    assert "cython" in refused.value.hint


def test_letters_are_read_by_membership():
    assert mode_lettered("dp").number == 5
    assert mode_lettered("pd").number == 5


@pytest.mark.parametrize("enabled", range(16))
def test_a_run_may_use_only_what_is_enabled(enabled):
    for number in range(16):
        if number & ~enabled:
            with pytest.raises(UsageError, match="enabled is") as refused:
                require_enabled(mode_numbered(number), mode_numbered(enabled))
            lacking = [part for part in PARTS if BITS[part] & number & ~enabled]
            assert all(part in refused.value.hint for part in lacking)
        else:
            require_enabled(mode_numbered(number), mode_numbered(enabled))
