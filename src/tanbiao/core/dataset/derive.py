"""Calculating derived datasets from their inputs: mix, allocation, change of unit, re-link.

A derivation becomes exchanges: shares of a mix, the allocated part of a joint process, reference units of the dataset
whose unit was changed, a unit process with other suppliers. So a release links a derived dataset as it links a unit
process, and its samples move with those of its inputs. Where all inputs are finished datasets the figures are their
sum here, gas by gas and kind by kind; else they are solved with the release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from tanbiao.core import gases as gas_table
from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.dataset import derive_spread
from tanbiao.core.dataset.derivation import Derivation, Mix, Relink, used_by
from tanbiao.core.dataset.derive_exchanges import exchanges
from tanbiao.core.dataset.exchanges import Input
from tanbiao.core.dataset.malformed import first_error
from tanbiao.core.dataset.model import Dataset, Kinds, parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import GWP_SETS, UNKNOWN_SET

_FORM: Final[TypeAdapter[Derivation]] = TypeAdapter(Derivation)
_CALCULATED: Final = (
    "gases",
    "gas_co2e",
    "co2e",
    "kinds",
    "biogenic_co2_outside",
    "carried",
    "inputs",
    "emissions",
    "gaps",
    "missing",
)
"""Keys of a dataset that follow from its derivation, whatever the document says."""
_SCORES: Final = ("ter", "ger", "tir", "c", "p", "overall")


def read_all(documents: Iterable[Mapping[str, Any]], finished: Iterable[Dataset] = ()) -> list[Dataset]:
    """Return the datasets of documents, the derived ones calculated after what they are derived from.

    Parameters
    ----------
    documents
        Of datasets with figures or exchanges, and of such that state a ``derivation`` instead. A derived one needs
        ``id``, ``version``, ``name`` and ``derivation``; what else it leaves out comes from its inputs.
    finished
        Further datasets that may be derived from; they are returned too.

    Raises
    ------
    TanbiaoError
        ``dataset_malformed``; ``derivation_cycle`` naming the datasets; ``release_id_twice`` (a derived dataset has the
        id of another); what :func:`derive` refuses.
    """
    made: list[Dataset] = list(finished)
    known = {item.id: item for item in made}
    derived: dict[str, Mapping[str, Any]] = {}
    for document in documents:
        if isinstance(document, Mapping) and document.get("derivation") is not None:
            name = str(document.get("id", ""))
            if name in derived:
                raise TanbiaoError.of("release_id_twice", name, dataset=name)
            derived[name] = document
        else:
            made.append(parse_dataset(document))
            known[made[-1].id] = made[-1]
    for name in in_order({name: _parsed(document) for name, document in derived.items()}):
        if name in known:
            raise TanbiaoError.of("release_id_twice", name, dataset=name)
        known[name] = derive(derived[name], known)
        made.append(known[name])
    return made


def in_order(derivations: Mapping[str, Derivation]) -> list[str]:
    """Return the ids of derived datasets, each after those that it is derived from.

    Raises
    ------
    TanbiaoError
        ``derivation_cycle`` with the ids along the cycle.
    """
    graph = {name: [used.dataset for used in used_by(item)] for name, item in sorted(derivations.items())}
    try:
        ordered = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        path = error.args[1]
        raise TanbiaoError.of("derivation_cycle", str(path[0]), path=" ← ".join(path)) from error
    return [name for name in ordered if name in derivations]


def _parsed(document: Mapping[str, Any]) -> Derivation:
    try:
        return _FORM.validate_python(document["derivation"])
    except ValidationError as error:
        place, said = first_error(error, str(document.get("id", "")), "derivation")
        raise TanbiaoError.of("dataset_malformed", place, **said) from error


def derive(document: Mapping[str, Any], known: Mapping[str, Dataset]) -> Dataset:
    """Return the dataset that a document with a derivation states, calculated from its inputs.

    Parameters
    ----------
    known
        Id → dataset; those that it is derived from, and what these are derived from.

    Raises
    ------
    TanbiaoError
        ``derivation_input_missing``, ``derivation_inputs_differ`` (a mix of different kinds or boundaries),
        ``gwp_sets_mixed``, ``dataset_malformed``, and what :func:`derive_exchanges.exchanges` refuses.
    """
    derivation = _parsed(document)
    where = str(document.get("id", ""))
    used = used_by(derivation)
    for item in used:
        if item.dataset not in known:
            raise TanbiaoError.of("derivation_input_missing", where, process=where, dataset=item.dataset)
    sources = [known[item.dataset] for item in used]
    if isinstance(derivation, Mix):
        _require_alike(sources, where)
    body = {key: value for key, value in document.items() if key not in _CALCULATED}
    body = {key: value for key, value in body.items() if key not in derivation.inherited}
    body, inherited = _inherit(body, derivation, sources)
    unit = units.parse_unit(str(body["reference"]["unit"]), where)
    found = exchanges(derivation, unit, known, where)
    inputs = found.inputs
    closed = not isinstance(derivation, Relink) and not any(item.is_solved for item in sources)
    body["derivation"] = derivation.model_copy(update={"closed": closed, "inherited": inherited}).model_dump(
        mode="json"
    )
    for part in ("inputs", "emissions", "gaps"):
        body[part] = [item.model_dump(mode="json") for item in getattr(found, part)]
    if "quality" not in body:
        body["quality"] = _quality(inputs, known)
    if closed:
        body |= _figures(inputs, known, where)
        if "uncertainty" in inherited:
            gwp_set, total = next(iter(body["co2e"].items()))
            moved_by = derive_spread.combined(where, inputs, total, gwp_set, known)
            body["uncertainty"] = derive_spread.spread(moved_by).model_dump(mode="json")
    return parse_dataset(body)


def _require_alike(sources: Sequence[Dataset], where: str) -> None:
    """A mix of combustion and footprint, or of two boundaries, is no figure of anything."""
    for part in ("kind", "boundary"):
        found = list(dict.fromkeys(str(getattr(item, part)) for item in sources))
        if len(found) > 1:
            raise TanbiaoError.of("derivation_inputs_differ", where, part=part, first=found[0], second=found[1])


def _inherit(
    body: Mapping[str, Any], derivation: Derivation, sources: Sequence[Dataset]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the document with what it leaves to its inputs, and the keys of that."""
    from_inputs = _from_inputs(derivation, sources)
    taken = tuple(sorted(key for key in from_inputs if key not in body))
    return {**from_inputs, **body}, taken


def _from_inputs(derivation: Derivation, sources: Sequence[Dataset]) -> dict[str, Any]:
    first = sources[0]
    licences = list(dict.fromkeys(item.licence for item in sources))
    barred = [item.redistribution for item in sources if item.redistribution != "yes"]
    found: dict[str, Any] = {
        "kind": first.kind.value,
        "boundary": first.boundary,
        "licence": " + ".join(licences),
        "redistribution": barred[0] if barred else "yes",
        "source": {"title": derivation.source, "url": derivation.url},
        "uncertainty": {"type": "unknown"},
        "never_for": sorted({country for item in sources for country in item.never_for}),
    }
    for flag in ("screening", "stand_in_only"):
        if any(getattr(item, flag) for item in sources):
            found[flag] = True
    for part in ("geography", "time", "reference"):
        same = {getattr(item, part) for item in sources}
        if len(same) == 1 or (part == "reference" and isinstance(derivation, Relink)):
            found[part] = first.model_dump(mode="json", include={part})[part]
    if isinstance(derivation, Relink):
        of_process = {"technology", "categories", "tags", "cas", "product", "name_original"}
        found |= first.model_dump(mode="json", include=of_process, exclude_defaults=True)
    return found


def _quality(inputs: Sequence[Input], known: Mapping[str, Dataset]) -> dict[str, Any]:
    """Return each score as the mean of the inputs' weighted by |kg CO2e|; not assessed where one of them is not.

    Contribution-weighted means are those of the EU's Environmental Footprint method (Recommendation (EU) 2021/2279,
    annex I, section 4.6.5.8).
    """
    weighed = [
        (abs(item.amount * supplier.per_input(item) * supplier.total), supplier)
        for item in inputs
        if (supplier := known.get(item.dataset)) is not None
    ]
    whole = add(*(weight for weight, _ in weighed)) if weighed else 0.0
    if not whole or len(weighed) < len(inputs):
        return {}
    found: dict[str, Any] = {}
    for score in _SCORES:
        values = [getattr(supplier.quality, score) for _, supplier in weighed]
        if all(value is not None for value in values):
            mean = add(*(weight * value for (weight, _), value in zip(weighed, values, strict=True))) / whole
            found[score] = min(5.0, max(1.0, mean))
    return found


def _figures(inputs: Sequence[Input], known: Mapping[str, Dataset], where: str) -> dict[str, Any]:
    """Return figures by gas and kind for the sum of finished inputs, under one GWP set."""
    parts = []
    for item in inputs:
        supplier = known[item.dataset]
        parts.append((item.amount * supplier.per_input(item, where), supplier))
    gwp_set = _common_set([supplier for _, supplier in parts], where)
    kinds: dict[str, list[float]] = {kind: [] for kind in Kinds.model_fields}
    for factor, supplier in parts:
        own = supplier.kinds.model_dump()
        if supplier.gwp_set != gwp_set:
            weighed = supplier.intensity(gwp_set)
            own = {**weighed.kinds, "aircraft": weighed.aircraft}
        for kind, value in own.items():
            kinds[kind].append(factor * value)
    found: dict[str, Any] = {"kinds": {kind: add(*values) for kind, values in kinds.items()}}
    found["co2e"] = {gwp_set: add(*(value for kind, value in found["kinds"].items() if kind != "aircraft"))}
    outside = [(factor, supplier.biogenic_co2_outside) for factor, supplier in parts]
    if all(value is not None for _, value in outside):
        found["biogenic_co2_outside"] = add(*(factor * value for factor, value in outside if value is not None))
    return found | _gas_split(parts)


def _gas_split(parts: Sequence[tuple[float, Dataset]]) -> dict[str, Any]:
    """Return ``gases`` in kg, or ``gas_co2e`` where masses of one input can't be told; nothing where none has any."""
    in_co2e = any(supplier.gas_co2e is not None for _, supplier in parts)
    gathered: dict[str, list[float]] = {}
    for factor, supplier in parts:
        own = supplier.published_gases if in_co2e else (supplier.gases or {})
        for key, value in own.items():
            gathered.setdefault(key, []).append(factor * value)
    if not gathered:
        return {}
    ordered = [key for key in gas_table.all_gases() if key in gathered]
    return {"gas_co2e" if in_co2e else "gases": {key: add(*gathered[key]) for key in ordered}}


def _common_set(sources: Sequence[Dataset], where: str) -> str:
    """Return the one set under which every source has a figure: its own, or weighed again whole from its gases.

    Raises
    ------
    TanbiaoError
        ``gwp_sets_mixed``: two sources stand in different sets and one of them can't be weighed again.
    """
    own = list(dict.fromkeys(item.gwp_set for item in sources))
    if len(own) == 1:
        return own[0]
    for gwp_set in [*(name for name in own if name != UNKNOWN_SET), GWP_SETS[-1]]:
        if all(_whole(item, gwp_set) for item in sources):
            return gwp_set
    raise TanbiaoError.of("gwp_sets_mixed", where, first=own[0], second=own[1])


def _whole(item: Dataset, gwp_set: str) -> bool:
    """Whether the figure stands under the set without a part that nobody can weigh again."""
    if item.gwp_set == gwp_set:
        return True
    try:
        found = item.intensity(gwp_set)
    except TanbiaoError:  # a gas without a value in the set
        return False
    return found.gwp_basis in ("same", "recharacterised") and found.bound == 0.0
