"""What every product of a system carries, by gas and by kind.

The kinds of ISO 14067:2018, 6.4.9 as this project divides them: fossil, biogenic emission, biogenic uptake, land use
change, and what a source gives undivided. They add up to the total; aircraft is an "of which" and in no sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tanbiao.core import gases as gas_table
from tanbiao.core.gases import Kind
from tanbiao.core.lca.errors import InvalidSystem
from tanbiao.core.lca.inputs import Floats
from tanbiao.core.lca.release_system import AIRCRAFT, CARRIED
from tanbiao.core.lca.system import ProductSystem


@dataclass(frozen=True)
class KindIntensities:
    """kg CO2e per unit of every product, by kind."""

    kinds: dict[str, Floats]
    """Kind → (products,), in the order of :class:`tanbiao.core.gases.Kind`; all five are there."""
    aircraft: Floats
    """(products,) of which from aircraft."""

    @property
    def total(self) -> Floats:
        """(products,) sum of the kinds."""
        return np.asarray(np.sum(list(self.kinds.values()), axis=0))

    @property
    def excluding_uptake(self) -> Floats:
        """(products,) the total without what plants take up."""
        rest = [values for kind, values in self.kinds.items() if kind != Kind.BIOGENIC_UPTAKE.value]
        return np.asarray(np.sum(rest, axis=0))


def intensities_by_gas(system: ProductSystem) -> Floats:
    """Return kg of every gas per unit of every product; (gases, products).

    Raises
    ------
    Unsolvable
        As :meth:`ProductSystem.carried`.
    """
    return system.carried(system.interventions.toarray())


def intensities_by_kind(system: ProductSystem, gwp_set: str) -> KindIntensities:
    """Return what every product carries by kind under a GWP set, in six solves on one plan.

    Parameters
    ----------
    system
        Its gases are named as in the table of gases (``CO2 fossil``, ``CH4 biogenic``); a row ``carried/<kind>`` holds
        kg CO2e that a source gives without gases, a row ``aircraft`` kg CO2e of which from aircraft.
    gwp_set
        ``AR4``, ``AR5`` or ``AR6``.

    Raises
    ------
    InvalidSystem
        ``gases_not_named``: the system was built without names of gases.
    TanbiaoError
        ``gas_unknown``, ``gwp_missing``, ``gwp_set_not_known``.
    Unsolvable
        As :meth:`ProductSystem.carried`.
    """
    names = system.gases.names
    if names is None:
        raise InvalidSystem.of("gases_not_named", "gases")
    order = [kind.value for kind in Kind]
    weights = np.zeros((len(order) + 1, len(names)))
    for column, name in enumerate(names):
        if name == AIRCRAFT:
            weights[-1, column] = 1.0
        elif name.startswith(CARRIED) and name[len(CARRIED) :] in order:
            weights[order.index(name[len(CARRIED) :]), column] = 1.0
        else:
            weights[order.index(gas_table.gas(name, "gases").kind.value), column] = gas_table.gwp(
                gwp_set, name, "gases"
            )
    found = system.carried(np.asarray(weights @ system.interventions, dtype=np.float64))
    return KindIntensities(dict(zip(order, found, strict=False)), found[-1])
