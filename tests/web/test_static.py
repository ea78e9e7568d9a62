"""Static files: what others wrote is listed with its licence, and addresses follow the content."""

import re

import pytest
from flask import Flask

from lms.web.static import (
    HOME,
    SHEETS,
    VENDOR,
    asset_url,
    content_version,
    sha256,
    stylesheet,
    stylesheet_url,
    vendored,
    without_comments,
)


def test_every_vendored_file_is_listed_and_every_listed_one_is_there() -> None:
    listed = {name for asset in vendored() for name in (asset.file, asset.licence_file)}
    assert {path.name for path in VENDOR.iterdir()} == listed | {"MANIFEST.toml"}


@pytest.mark.parametrize("asset", vendored(), ids=lambda asset: asset.file)
def test_a_vendored_file_is_the_one_that_was_vouched_for(asset: object) -> None:
    assert sha256(VENDOR / asset.file) == asset.sha256  # type: ignore[attr-defined]
    assert (VENDOR / asset.licence_file).read_text(encoding="utf-8").strip()  # type: ignore[attr-defined]


def test_every_sheet_is_part_of_the_one_that_is_sent() -> None:
    assert sorted(SHEETS) == sorted(path.stem for path in (HOME / "css").iterdir())
    texts = [(HOME / "css" / f"{name}.css").read_text(encoding="utf-8") for name in SHEETS]
    assert all(without_comments(text).encode() in stylesheet() for text in texts)


def test_a_file_asked_for_by_its_content_may_be_kept_for_good(shell_app: Flask) -> None:
    with shell_app.test_request_context():
        addresses = [asset_url("js/padu.js"), stylesheet_url()]
    for address in addresses:
        reply = shell_app.test_client().get(address)
        assert (reply.status_code, "immutable" in reply.headers["Cache-Control"]) == (200, True)


@pytest.mark.parametrize(
    "address", ["/static/js/padu.js", "/static/js/padu.js?v=0123456789ab", "/style.css", "/style.css?v=0"]
)
def test_a_file_asked_for_otherwise_is_asked_for_again(shell_app: Flask, address: str) -> None:
    assert "immutable" not in shell_app.test_client().get(address).headers.get("Cache-Control", "")


def test_an_asset_that_does_not_exist_is_an_error_where_its_address_is_made() -> None:
    with pytest.raises(FileNotFoundError):
        content_version("js/missing.js")


def test_the_style_sheet_is_sent_without_what_no_browser_reads() -> None:
    sheet = '/* two\n   lines */\na {\n  color: red;\n}\n\nb::after {\n  content: "x  y"; /* why */\n}\n'
    assert without_comments(sheet) == 'a {\ncolor: red;\n}\nb::after {\ncontent: "x  y";\n}'
    sent = stylesheet().decode()
    assert "/*" not in sent
    assert sent.count("{") == sent.count("}")


def test_no_sheet_has_a_text_that_looks_like_a_comment() -> None:
    for name in SHEETS:
        text = (HOME / "css" / f"{name}.css").read_text(encoding="utf-8")
        assert not re.search(r"[\"'][^\"'\n]*/\*", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)), name
