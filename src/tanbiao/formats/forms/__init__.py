"""A study's figures in the form that a scheme asks for: one file per form, each checked against its schema.

A form says what the study knows and nothing else: a field that is not known is left out, never 0, and a form that needs
a field which the study leaves out is refused by the name of the study's field. The figures are those of the study under
the scheme's parameter set (:mod:`tanbiao.core.study.parameter_sets`), field by field as its table says.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import jsonschema

from tanbiao.core.findings import Finding, Lang, TanbiaoError
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.background import Background
from tanbiao.core.study.model import Study
from tanbiao.formats.forms.basis import Basis, basis_of

__all__ = ["FORMS", "Filled", "Form", "check", "fill", "form", "known", "schema"]


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its name, the parameter set of its figures, and the schema that its document obeys."""

    id: str
    set: str
    """Empty: the form's module has a calculation of its own (``make``)."""
    schema: str
    zh: str
    en: str

    @property
    def module(self) -> str:
        """The module of this package with its ``write``."""
        return self.id.replace("-", "_")

    def name(self, lang: str) -> str:
        """Return the name in a language."""
        return self.zh if lang == "zh" else self.en


FORMS: Final = (
    Form("pact", "pact", "forms/pact-3.json", "PACT 产品碳足迹 3.0.4", "PACT product footprint 3.0.4"),
    Form(
        "catenax",
        "catena_x",
        "catenax/Pcf-9.0.0-schema.json",
        "Catena-X 产品碳足迹 9.0.0",
        "Catena-X product footprint 9.0.0",
    ),
    Form(
        "eu-battery",
        "eu_battery",
        "forms/eu-battery-1.json",
        "欧盟电池碳足迹声明（项目自定结构）",
        "EU battery carbon footprint declaration (the project's own structure)",
    ),
    Form(
        "miit-battery",
        "miit_battery",
        "forms/miit-battery-1.json",
        "动力电池碳足迹申报（项目自定结构）",
        "traction battery footprint declaration, MIIT (the project's own structure)",
    ),
    Form(
        "cbam",
        "",
        "forms/cbam-1.json",
        "欧盟碳边境调节机制：单位产品隐含排放（项目自定结构）",
        "CBAM specific embedded emissions (the project's own structure)",
    ),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form filled in, and what is to be told with it."""

    form: Form
    document: Mapping[str, Any]
    findings: tuple[Finding, ...]

    @property
    def data(self) -> bytes:
        """The document as UTF-8 JSON."""
        return (json.dumps(self.document, ensure_ascii=False, indent=2) + "\n").encode()


def known() -> str:
    """Return the names of the forms in one line."""
    return ", ".join(one.id for one in FORMS)


def form(name: str) -> Form:
    """Return a form by its name; raises ``form_unknown``."""
    found = next((one for one in FORMS if one.id == name.strip().lower()), None)
    if found is None:
        raise TanbiaoError.of("form_unknown", form=name[:80], known=known())
    return found


@lru_cache(maxsize=16)
def schema(wanted: Form) -> Mapping[str, Any]:
    """Return the JSON schema of a form."""
    text = resources.files("tanbiao.data").joinpath("schemas", *wanted.schema.split("/")).read_text(encoding="utf-8")
    body: Mapping[str, Any] = json.loads(text)
    return body


def fill(
    wanted: Form, study: Study, release: Background, rule: Rule | None, *, created: datetime, lang: Lang = "zh"
) -> Filled:
    """Fill a form in.

    Parameters
    ----------
    created
        When the document is made, with its time zone.
    lang
        The language of names and texts where the form has one language.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.study.calculate`; ``form_incomplete`` for each stage that is not whole,
        ``form_field_missing`` for each field that the study leaves out, ``form_unfit`` for what the form has no place
        for; ``form_not_valid``: an error of this program.
    """
    module = importlib.import_module(f"tanbiao.formats.forms.{wanted.module}")
    if not wanted.set:
        document, findings = module.make(study, release, created=created, rule=rule)
    else:
        basis = basis_of(study, release, rule, wanted.set, created=created, lang=lang, form=wanted.id)
        write: Callable[[Basis], dict[str, Any]] = module.write
        document, findings = write(basis), basis.findings
        basis.refuse()
    check(wanted, document)
    return Filled(wanted, document, tuple(findings))


def check(wanted: Form, document: Mapping[str, Any]) -> None:
    """Hold a document against its form's schema; raises ``form_not_valid``."""
    body = schema(wanted)
    # The published schema of Catena-X spells its draft without the last character, by which no validator knows it.
    cls = jsonschema.Draft4Validator if "draft-04" in str(body.get("$schema")) else jsonschema.Draft202012Validator
    error = next(iter(cls(body, format_checker=cls.FORMAT_CHECKER).iter_errors(document)), None)
    if error is not None:
        place = ".".join(str(step) for step in error.absolute_path)
        raise TanbiaoError.of("form_not_valid", place, form=wanted.id, reason=error.message[:300])
