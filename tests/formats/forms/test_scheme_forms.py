"""Forms of schemes: by hand on the LFP example, against the published schemas, and what is refused by name."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from sample_files import SHARED
from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.cli.main import main
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.standing import NOTICE
from tanbiao.core.study import Study
from tanbiao.core.study.parameter_sets import parameter_sets, view
from tanbiao.core.study.scheme_fields import fields
from tanbiao.formats import yaml_study
from tanbiao.formats.forms import FORMS, fill, form, schema
from tanbiao.formats.forms.catenax import regions

NOTHING = {"empty": "nothing happens"}
CREATED = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)
DETAILS = {
    "company": {"name": "Example Battery Ltd (DEMO)", "ids": ["urn:example:company:1"], "address": "DEMO street 1"},
    "product": {"ids": ["urn:gtin:4712345060507"]},
    "standards": ["ISO14067"],
    "packaging": "not_included",
    "valid_until": "2026-12-31",
    "waste_incineration": "cut-off",
    "battery": {
        "category": "M1",
        "plant": "Guangdong, CN (DEMO)",
        "declaration_of_conformity": "DEMO-DoC-1",
        "public_study": "https://example.org/study",
    },
}


@lru_cache(maxsize=1)
def example() -> dict[str, Any]:
    """Return the LFP example as a document."""
    loaded = yaml_study.load(resources.files("tanbiao.examples").joinpath("lfp-battery.yaml").read_bytes())
    assert loaded.study is not None
    return loaded.study.canonical()


def lfp(**more: Any) -> Study:
    """Return the LFP example with what the forms ask; its way to the customer and its end are invented."""
    body = copy.deepcopy(example())
    body["forms"] = DETAILS
    body["carbon_content"] = {"biogenic": "0 kg", "fossil": "0.5 kg", "source": "invented"}
    body["product"]["properties"] = {"usable_capacity": "1 kWh", "cycles_per_year": "60", "service_years": "8"}
    way = {"distance": "1000 km", "by": "dataset/ADEME-BC23.6:43643", "source": "invented"}
    body["stages"]["distribution"] = [{"id": "d1", "amount": "7.588 kg", "transport": [way]}]
    body["stages"]["end_of_life"] = [{"id": "e1", "amount": "1.2 kg", "gas": "CO2 fossil"}]
    for entry in body["cut_off"]:
        entry["emission"] = "0.01 kg"
    study, findings = Study.parse({**body, **more})
    assert study is not None, findings
    return study


def filled(name: str, study: Study | None = None) -> dict[str, Any]:
    """Return a form of the example."""
    study = study or lfp()
    release, rule = find_release(str(study.release)), load_rule(str(study.rule))
    return dict(fill(form(name), study, release, rule, created=CREATED, lang="en").document)


@pytest.mark.requirement("JS-50b")
@pytest.mark.parametrize("name", ["eu-battery", "miit-battery"])
def test_a_battery_declaration_by_hand(name: str) -> None:
    """Delivered 1 kWh × 60 × 8 = 480 kWh. Making: 3.76 kWh at 0.6205, gas 51.84 MJ at 2.162188809 per 38.931 MJ and
    0.03347 per kWh upstream: 2.33308 + 2.879136 + 0.481968. The lorry: 7.588 t·km / 1 at 0.0875 = 0.66395."""
    body = filled(name)
    assert body["delivered_energy"]["value"] == "480"
    stage = {row["id"]: row for row in body["stages"]}
    making = 3.76 * 0.6205 + 51.84 / 38.931 * 2.162188809 + 51.84 / 3.6 * 0.03347
    assert float(stage["manufacturing"]["per_declared_unit"]) == pytest.approx(making, rel=1e-9)
    assert float(stage["manufacturing"]["per_kwh"]) == pytest.approx(making / 480, rel=1e-9)
    assert stage["distribution"]["per_declared_unit"] == "0.66395"
    assert float(stage["distribution"]["per_kwh"]) == pytest.approx(0.66395 / 480, rel=1e-11)
    assert stage["end_of_life"]["per_kwh"] == "0.0025"
    whole = sum(float(row["per_kwh"]) for row in stage.values())
    assert whole == pytest.approx(float(body["carbon_footprint"]["value"]), rel=1e-11)
    assert sum(float(row["share"]) for row in stage.values()) == pytest.approx(100, rel=1e-11)
    assert body["apart"] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("one", [one for one in FORMS if one.set], ids=lambda one: one.id)
def test_every_form_says_that_the_rule_is_a_demonstration(one: Any, lang: str) -> None:
    study = lfp()
    release, rule = find_release(str(study.release)), load_rule(str(study.rule))
    made = fill(one, study, release, rule, created=CREATED, lang=lang)  # type: ignore[arg-type]
    assert NOTICE[lang] in made.data.decode()
    official = parse_rule({**rule.canonical(), "standing": "official"})
    other = fill(one, study, release, official, created=CREATED, lang=lang).data.decode()  # type: ignore[arg-type]
    assert NOTICE["zh"] not in other
    assert NOTICE["en"] not in other


@pytest.mark.parametrize("one", [one for one in FORMS if one.set], ids=lambda one: one.id)
def test_every_figure_of_a_form_is_one_of_the_schemes_fields(one: Any) -> None:
    study = lfp()
    release, rule = find_release(str(study.release)), load_rule(str(study.rule))
    made = fields(view(study, release, rule, parameter_sets()[one.set]))
    assert made is not None
    body = filled(one.id)
    if one.id == "pact":
        figures = {
            key: body["pcf"][key] for key in (*made.totals, *(row.id for row in made.rows)) if key in body["pcf"]
        }
    elif one.id == "catenax":
        stage = body["productLifeCycleStagesAndEmissions"][0]
        figures = {**stage["productionStage"][0], **stage["distributionStage"][0]}
        figures.pop("distributionStageIncluded")
    else:
        figures = {row["id"]: row["per_declared_unit"] for row in body["stages"]}
        figures["total"] = body["carbon_footprint"]["per_declared_unit"]
    assert len(figures) >= 4
    for key, value in figures.items():
        assert float(value) == float(made.value(key)), key


def test_a_pact_footprint_of_the_example() -> None:
    body = filled("pact")
    pcf = body["pcf"]
    assert (pcf["declaredUnitOfMeasurement"], pcf["declaredUnitAmount"]) == ("kilowatt hour", "1")
    assert pcf["productMassPerDeclaredUnit"] == "7.588"
    assert (pcf["referencePeriodStart"], pcf["referencePeriodEnd"]) == ("2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z")
    assert pcf["geographyCountrySubdivision"] == "CN-GD"
    assert "geographyCountry" not in pcf
    # 0.02 kg left out beside the figure
    total = float(pcf["pcfExcludingBiogenicUptake"])
    assert float(pcf["exemptedEmissionsPercent"]) == pytest.approx(100 * 0.02 / (total + 0.02), rel=1e-11)
    # no factor of the example tells aircraft or methane of biomass, and some tell no kinds at all: blank, not 0
    assert not {"aircraftGhgEmissions", "dqi"} & set(pcf)
    assert body["productClassifications"] == ["urn:pact:productclassification:hs:850760"]
    assert body["validityPeriodEnd"] == "2026-12-31T23:59:59Z"
    assert {"name", "version"} == set(pcf["secondaryEmissionFactorSources"][0])


def test_the_same_figures_have_the_same_id_and_new_ones_a_new_id() -> None:
    study = lfp()
    first, again = filled("pact", study), filled("pact", study)
    assert first == again
    other = filled("pact", lfp(gwp="AR5"))
    assert other["id"] != first["id"]
    assert filled("catenax", study)["pcfAssessmentAndMethodology"][0]["pcfAssessmentInformation"][0]["idAndVersion"][0][
        "id"
    ] not in (first["id"], other["id"])


@pytest.mark.skipif(not (SHARED / "specs" / "pact").is_dir(), reason="the specification of PACT is not here")
def test_what_is_written_obeys_the_published_description_of_pact() -> None:
    described = yaml.safe_load((SHARED / "specs" / "pact" / "openapi_v3_0.yaml").read_text(encoding="utf-8"))
    parts = described["components"]
    jsonschema.Draft202012Validator({"components": parts, "$ref": "#/components/schemas/ProductFootprint"}).validate(
        filled("pact")
    )
    own = schema(form("pact"))["properties"]["pcf"]["properties"]
    published = parts["schemas"]["CarbonFootprint"]["properties"]
    assert set(own) <= set(published)
    assert set(own["declaredUnitOfMeasurement"]["enum"]) <= set(published["declaredUnitOfMeasurement"]["enum"])
    required = set(schema(form("pact"))["properties"]["pcf"]["required"])
    assert set(parts["schemas"]["CarbonFootprint"]["required"]) <= required


@pytest.mark.skipif(not (SHARED / "specs" / "catenax").is_dir(), reason="the specification of Catena-X is not here")
def test_the_schema_of_catena_x_is_the_published_one() -> None:
    shipped = resources.files("tanbiao.data").joinpath("schemas", "catenax", "Pcf-9.0.0-schema.json").read_bytes()
    assert shipped == (SHARED / "specs" / "catenax" / "Pcf-9.0.0-schema.json").read_bytes()


def test_a_catena_x_footprint_of_the_example() -> None:
    body = filled("catenax")
    info = body["pcfAssessmentAndMethodology"][0]["pcfAssessmentInformation"][0]
    assert info["geography"] == [
        {
            "geographyRegionOrSubregion": "Eastern Asia",
            "geographyCountry": "CN",
            "geographyCountrySubdivision": "CN-GD",
        }
    ]
    stage = body["productLifeCycleStagesAndEmissions"][0]
    assert stage["distributionStage"][0]["distributionStageIncluded"] is True
    assert stage["distributionStage"][0]["distributionStagePcfExcludingBiogenicUptake"] == 0.66395
    assert stage["packagingStage"] == [{"packagingEmissionsIncluded": False}]
    assert body["carbonContent"] == [
        {"carbonContentTotal": 0.5, "fossilCarbonContent": 0.5, "biogenicCarbonContent": 0.0}
    ]


def test_a_distribution_that_is_not_declared_is_not_included_and_has_no_figure() -> None:
    study = lfp()
    parts = study.stages.model_copy(update={"distribution": type(study.stages.use)(not_declared="later")})
    body = filled("catenax", study.model_copy(update={"stages": parts}))
    assert body["productLifeCycleStagesAndEmissions"][0]["distributionStage"] == [{"distributionStageIncluded": False}]
    assert "outboundLogisticsGhgEmissions" not in filled("pact", study.model_copy(update={"stages": parts}))["pcf"]


def refused(name: str, study: Study) -> dict[str, str]:
    """Return place → code of a refusal."""
    release, rule = find_release(str(study.release)), load_rule(str(study.rule))
    with pytest.raises(TanbiaoError) as raised:
        fill(form(name), study, release, rule, created=CREATED)
    return {item.where: item.code for item in raised.value.findings}


def test_the_example_as_it_ships_is_refused_with_the_name_of_each_field() -> None:
    study, _ = Study.parse(example())
    assert study is not None
    found = refused("pact", study)
    assert set(found.values()) == {"form_field_missing"}
    assert {"forms.company.name", "forms.product.ids", "carbon_content.fossil", "cut_off.x1.emission"} <= set(found)
    battery = refused("eu-battery", study)
    assert battery["stages.end_of_life"] == "form_incomplete"
    assert "forms.battery.public_study" in battery


@pytest.mark.parametrize(
    ("name", "change", "place", "code"),
    [
        ("pact", {"valid_until": "2027-02-01"}, "forms.valid_until", "form_unfit"),
        ("pact", {"product": {"ids": ["urn:pact:null"]}}, "forms.product.ids", "form_unfit"),
        ("catenax", {"valid_until": None}, "forms.valid_until", "form_field_missing"),
        ("catenax", {"waste_incineration": None}, "forms.waste_incineration", "form_field_missing"),
        ("miit-battery", {"battery": {"category": "M1"}}, "forms.battery.plant", "form_field_missing"),
    ],
)
def test_a_field_that_is_missing_or_does_not_fit_is_named(
    name: str, change: dict[str, Any], place: str, code: str
) -> None:
    details = {key: value for key, value in {**DETAILS, **change}.items() if value is not None}
    assert refused(name, lfp(forms=details)) == {place: code}


def test_an_amount_that_nobody_knows_refuses_the_form() -> None:
    body = copy.deepcopy(example())
    body["stages"]["manufacturing"][0]["amount"] = {"absent": "unknown", "reason": "no meter"}
    study = lfp(stages={**body["stages"], "distribution": [{"id": "d1", "amount": "1 kg", "gas": "CO2 fossil"}]})
    assert refused("pact", study) == {"stages.manufacturing": "form_incomplete"}


def wood(**more: Any) -> tuple[Study, MemoryRelease]:
    """Return a tonne of boards: uptake 1600 kg, 100 kg fossil, held as 436 kg of biogenic carbon."""
    board = dataset(
        "board", -1.5, kinds={"fossil": 0.1, "biogenic_uptake": -1.6}, gas_co2e={"CO2 fossil": 0.1, "CO2 uptake": -1.6}
    )
    study, findings = Study.parse(
        document(
            stages=stages(
                raw_materials=[{"id": "r1", "amount": "1000 kg", "from": "dataset/board"}], manufacturing=NOTHING
            ),
            unit={"declared": "1 t", "of": "boards"},
            carbon_content={"biogenic": "436 kg", "fossil": "0 kg", "source": "test"},
            forms=DETAILS,
            product={"name": {"en": "boards"}, "function": {"en": "panels"}, "sites": ["plant 1"], "country": "VN"},
            **more,
        )
    )
    assert study is not None, findings
    return study, MemoryRelease({**background().datasets, "board": board})


def test_carbon_in_the_product_by_hand() -> None:
    """1000 × 0.1 = 100 without and 100 − 1600 = −1500 with the uptake; nothing is undivided, so parts may be 0."""
    study, release = wood()
    body = fill(form("pact"), study, release, None, created=CREATED).document
    pcf = body["pcf"]
    assert (pcf["pcfExcludingBiogenicUptake"], pcf["pcfIncludingBiogenicUptake"]) == ("100", "-1500")
    assert (pcf["biogenicCO2Uptake"], pcf["biogenicCarbonContent"]) == ("-1600", "436")
    assert (pcf["declaredUnitOfMeasurement"], pcf["declaredUnitAmount"]) == ("kilogram", "1000")
    assert (pcf["landUseChangeGhgEmissions"], pcf["productMassPerDeclaredUnit"]) == ("0", "1000")
    assert (pcf["geographyCountry"], pcf["exemptedEmissionsPercent"]) == ("VN", "0")
    assert "productOrSectorSpecificRules" not in pcf


def test_a_mass_balance_names_its_scheme() -> None:
    ring = {"method": "cut_off", "R1": "0.5", "virgin": "dataset/board", "recycled": "dataset/board"}
    ring |= {"content_proof": "certificate", "custody": "mass_balance", "modules": ["production"]}
    rows = stages(raw_materials=[{"id": "r1", "amount": "1 kg", "circular": ring}], manufacturing=NOTHING)
    study, release = wood()
    balanced, findings = Study.parse({**study.canonical(), "stages": rows})
    assert balanced is not None, findings
    with pytest.raises(TanbiaoError) as raised:
        fill(form("catenax"), balanced, release, None, created=CREATED)
    assert [item.where for item in raised.value.findings] == ["forms.mass_balance.scheme"]
    stated = Study.parse({**balanced.canonical(), "forms": {**DETAILS, "mass_balance": {"scheme": "ISCC+"}}})[0]
    assert stated is not None
    body = fill(form("catenax"), stated, release, None, created=CREATED).document
    assert body["pcfAssessmentAndMethodology"][0]["pcfMethodology"][0]["massBalancingInformation"] == [
        {
            "massBalancingUsed": True,
            "freeAttributionInMassBalancing": "false",
            "massBalancingCertificateScheme": "ISCC+",
        }
    ]


def test_every_subregion_is_a_word_of_the_scheme_and_no_country_stands_twice() -> None:
    text = resources.files("tanbiao.data.study").joinpath("un_subregions.json").read_text(encoding="utf-8")
    table = json.loads(text)["subregions"]
    listed = [country for names in table.values() for country in names.split()]
    assert len(listed) == len(set(listed)) == len(regions())
    allowed = schema(form("catenax"))["components"]["schemas"]["GeographyRegionOrSubregionCharacteristic"]["enum"]
    assert set(table) <= set(allowed)


def test_a_document_that_breaks_its_schema_is_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: a writer that spells a figure as text of another kind."""
    from tanbiao.formats.forms import pact

    monkeypatch.setattr(pact, "SPECIFICATION", "three")
    study, release = wood()
    with pytest.raises(TanbiaoError) as raised:
        fill(form("pact"), study, release, None, created=CREATED)
    assert raised.value.code == "form_not_valid"


def test_the_command_writes_the_form_or_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lfp.yaml").write_bytes(yaml_study.dump(lfp().canonical()))
    assert main(["export", "lfp.yaml", "--form", "pact", "--json", "--lang", "en"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["file"] == "lfp-pact.json"
    assert json.loads(Path("lfp-pact.json").read_text(encoding="utf-8")) == said["document"]
    assert main(["export", "lfp.yaml", "--form", "eu-battery", "-o", "out.json", "--lang", "en"]) == 0
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["form"] == "eu-battery/1"
    assert main(["export", "lfp.yaml", "--form", "eu-battery", "-o", "out.json"]) == 2
    capsys.readouterr()
    Path("bare.yaml").write_bytes(yaml_study.dump(example()))
    assert main(["export", "bare.yaml", "--form", "pact", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "form_field_missing"
    assert main(["export", "bare.yaml", "--form", "word", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "form_unknown"


def test_co2_kept_in_a_store_stands_beside_the_fossil_emissions() -> None:
    """Of 800 kg 90 % less 2 % are kept, 705.6 kg: 800 − 705.6 = 94.4, where the study's rule counts it."""
    store = {
        "fate": "stored", "share": "90 %", "lost": "2 %", "site": "demonstration aquifer", "years": "1000",
        "proof": "monitoring report 3", "certificate": "CCS-1", "mass": "700 t",
    }  # fmt: skip
    rows = stages(manufacturing=[{"id": "stack", "amount": "800 kg", "gas": "CO2 fossil", "capture": store}])
    rows["raw_materials"] = NOTHING
    study, release = wood()
    kiln, findings = Study.parse({**study.canonical(), "stages": rows})
    assert kiln is not None, findings
    plain_rule = load_rule("generic-goods@1.0.0")
    counting = parse_rule({**plain_rule.canonical(), "capture": "in_total"})
    pcf = fill(form("pact"), kiln, release, counting, created=CREATED).document["pcf"]
    assert (pcf["fossilGhgEmissions"], pcf["ccsTechnologicalCO2Capture"]) == ("800", "-705.6")
    assert (pcf["pcfExcludingBiogenicUptake"], pcf["ccsTechnologicalCO2CaptureIncluded"]) == ("94.4", True)
    assert "demonstration aquifer" in pcf["technologicalCO2CaptureOrigin"]
    other = fill(form("pact"), kiln, release, plain_rule, created=CREATED).document["pcf"]
    assert (other["fossilGhgEmissions"], other["ccsTechnologicalCO2CaptureIncluded"]) == ("800", False)
    catena = fill(form("catenax"), kiln, release, counting, created=CREATED).document
    info = catena["pcfAssessmentAndMethodology"][0]["pcfAssessmentInformation"][0]
    assert info["technology"] == [{"ccsTechnologicalCO2CaptureIncluded": True}]
