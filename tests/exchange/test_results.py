"""The table of results as CSV, XLSX and JSON: two decimals, nothing where there is nothing, and no formulas."""

import io
import json
from decimal import Decimal

import openpyxl
import pytest

from lms.exchange.results import FORMATS, Results, as_csv, as_json, as_xlsx, tabled
from lms.programme.queries import Enrolled
from lms.programme.rules import Programme, parse_programme
from lms.progress.rules import Cohort, result
from tests.world import NOW, PROGRAMME, START

PERSON = {"participant_id": None, "email": None, "group_id": None, "unit": "", "position": 0}


def _results(*, name: str = "Ani", group: str | None = "A", identifier: str = "199001012026031001") -> Results:
    programme = parse_programme(PROGRAMME)
    person = Enrolled(**PERSON, identifier=identifier, name=name, group=group, category="tenaga teknis")
    return tabled(cohort="III", as_of=NOW, programme=programme, folded=[(person, _nothing_yet(programme, group))])


def _nothing_yet(programme: Programme, group: str | None) -> object:
    cohort = Cohort(id=None, starts_at=START, time_zone="Asia/Jakarta")
    return result((), programme, cohort, group, NOW)


def test_figures_have_two_decimals_and_are_empty_where_there_are_none() -> None:
    assert as_csv(_results()).decode() == (
        "identifier,name,group,category,mooc,attendance,project,so_far,of_all,best_possible,completion_percent,"
        "predicate,status,reasons\n"
        "199001012026031001,Ani,A,tenaga teknis,0.00,,0.00,,0.00,100.00,0.00,,in_progress,\n"
    )


def test_somebody_without_a_group_has_an_empty_one() -> None:
    assert as_csv(_results(group=None)).decode().splitlines()[1].startswith("199001012026031001,Ani,,tenaga teknis,")


@pytest.mark.parametrize("name", ["=1+1", "+62811", "-Ani", "@ani"])
def test_a_text_that_looks_like_a_formula_is_quoted_for_spreadsheets_only(name: str) -> None:
    results = _results(name=name)
    assert f",'{name}," in as_csv(results).decode()
    assert json.loads(as_json(results))[0]["name"] == name
    cell = openpyxl.load_workbook(io.BytesIO(as_xlsx(results))).active["B2"]
    assert (cell.value, cell.data_type) == (f"'{name}", "s")


def test_a_workbook_holds_identifiers_as_texts_and_figures_as_numbers() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(_results()))).active
    header, row = ([cell.value for cell in line] for line in sheet.iter_rows())
    assert dict(zip(header, row, strict=True)) == {
        "identifier": "199001012026031001",
        "name": "Ani",
        "group": "A",
        "category": "tenaga teknis",
        "mooc": 0,
        "attendance": None,
        "project": 0,
        "so_far": None,
        "of_all": 0,
        "best_possible": 100,
        "completion_percent": 0,
        "predicate": None,
        "status": "in_progress",
        "reasons": None,
    }
    assert sheet["J2"].number_format == "0.00"


def test_json_holds_the_texts_of_the_csv_by_column() -> None:
    (row,) = json.loads(as_json(_results()))
    assert (row["identifier"], row["mooc"], row["attendance"], row["best_possible"]) == (
        "199001012026031001",
        "0.00",
        "",
        "100.00",
    )


def test_json_keeps_a_component_that_is_called_like_another_column() -> None:
    columns = (
        "identifier,name,group,category,status,so_far,of_all,best_possible,completion_percent,predicate,status,reasons"
    )
    row = ("1", "Ani", "", "", Decimal(70), Decimal(70), Decimal(70), Decimal(70), None, "", "eligible", "")
    results = Results(cohort="III", as_of=NOW, header=tuple(columns.split(",")), rows=(row,))
    (told,) = json.loads(as_json(results))
    assert (told["component.status"], told["status"]) == ("70.00", "eligible")


@pytest.mark.parametrize("kind", list(FORMATS))
def test_the_same_results_make_the_same_file(kind: str) -> None:
    assert FORMATS[kind](_results()) == FORMATS[kind](_results())
