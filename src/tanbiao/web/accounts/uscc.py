"""The unified social credit code of GB 32100-2015: 18 characters, two check characters.

``r c dddddd oooooooo k C``: registering department, category, administrative division (GB/T 2260), organisation code of
GB 11714-1997 with its own check character ``k``, and the check character ``C`` over all 17 before it.
"""

from __future__ import annotations

from tanbiao.core.findings import TanbiaoError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015, 4.2: no I, O, S, V, Z."""

WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
"""GB 32100-2015, 4.3: W(i) = 3^(i−1) mod 31."""

ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11714-1997, 3.3."""

DEMO_DIVISION = "999999"
"""No such division exists: a code with it can't be taken for a real organisation's."""


def check_character(first: str) -> str:
    """Return C18 for the first 17 characters: 31 − (Σ C(i)·W(i) mod 31), where 31 is written 0."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(first, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check_character(first: str) -> str:
    """Return the check character of an 8-character organisation code: 11 − (Σ C(i)·W(i) mod 11); 10 is X, 11 is 0."""
    values = (int(char) if char.isdigit() else ord(char) - ord("A") + 10 for char in first)
    rest = 11 - sum(value * weight for value, weight in zip(values, ORGANISATION_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def build(organisation: str, *, division: str = DEMO_DIVISION, department: str = "9", category: str = "1") -> str:
    """Return the code of an 8-character organisation number, both check characters computed."""
    first = f"{department}{category}{division}{organisation}{organisation_check_character(organisation)}"
    return first + check_character(first)


def normalise(text: str) -> str:
    """Return the code as it is stored: upper case, without blanks and hyphens."""
    return "".join(char for char in text.upper() if not char.isspace() and char != "-")


def check(text: str) -> str:
    """Return the normalised code.

    Raises
    ------
    TanbiaoError
        ``uscc_length``, ``uscc_character``, ``uscc_division``, ``uscc_organisation_check`` or ``uscc_check``.
    """
    code = normalise(text)
    if len(code) != 18:
        raise TanbiaoError.of("uscc_length", "uscc", length=len(code))
    wrong = sorted({char for char in code if char not in ALPHABET})
    if wrong:
        raise TanbiaoError.of("uscc_character", "uscc", characters="".join(wrong))
    if not code[2:8].isdigit():
        raise TanbiaoError.of("uscc_division", "uscc", division=code[2:8])
    if organisation_check_character(code[8:16]) != code[16]:
        raise TanbiaoError.of("uscc_organisation_check", "uscc")
    if check_character(code[:17]) != code[17]:
        raise TanbiaoError.of("uscc_check", "uscc")
    return code


def is_demo(code: str) -> bool:
    """Whether a code belongs to the demo world."""
    return code[2:8] == DEMO_DIVISION
