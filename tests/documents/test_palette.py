"""Colours stay apart for every kind of colour vision."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tanbiao.documents import palette

# Machado, Oliveira & Fernandes 2009, IEEE TVCG 15(6):1291, severity 1.0, linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("colours", [palette.STAGES, palette.KINDS], ids=["stages", "kinds"])
def test_every_pair_of_a_set_differs(colours: dict[str, str], vision: str) -> None:
    seen = {key: lab(np.array(VISION[vision]) @ linear(colour)) for key, colour in colours.items()}
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) >= 15, (a, b)


@pytest.mark.parametrize("ground", ["#FFFFFF", "#15181A"])
def test_every_colour_stands_out_on_the_light_and_the_dark_ground(ground: str) -> None:
    def luminance(colour: str) -> float:
        return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour))

    for colour in (*palette.STAGES.values(), *palette.KINDS.values()):
        high, low = sorted((luminance(colour), luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 2.4, colour


def test_no_stage_is_green_or_red_as_merit_would_be() -> None:
    for colour in palette.STAGES.values():
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        assert green <= max(red, blue), colour
        assert not (red > 180 and green < 70 and blue < 70), colour
