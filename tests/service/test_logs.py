"""What is not in the logs, however talkative they are set."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.site import Site
from tests.standing import Standing

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a-key-of-the-operators-own"
SETS = {"set-cookie": "session=s3ssion"}
PROSE = (
    "The river rose by eleven centimetres in the night, and nobody in the lower town was surprised by it. "
)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_page_text_key_query_or_header_of_a_callers_is_logged(tmp_path: Path) -> None:
    settings = {"PITH_LOG_LEVEL": "DEBUG", "PITH_API_KEYS": KEY}
    with Site() as site, Standing(tmp_path / "data", **settings) as pith:
        site.page("/1", f"<title>Of the river</title><article><p>{PROSE * 5}</p></article>", headers=SETS)
        pith.api.headers["Authorization"] = f"Bearer {KEY}"
        body = {
            "url": f"{site.url('/1')}?token=t0ken",
            "headers": {"Cookie": "session=c00kie"},
            "timeout": 20,
        }
        for path, sent in (("jobs", body), ("clean", {"html": f"<p>{PROSE}", "url": body["url"]})):
            job = pith.api.post(f"/v1/{path}", json=sent, headers={"Prefer": "wait=20"}).json()
            assert job["status"] in ("done", "failed")
            pith.api.get(job["links"]["text"])
        pith.api.post(
            "/v1/jobs", json={"url": "https://name:passw0rd@e.example/", "headers": {"Cookie": "c00kie"}}
        )
        said = pith.words()
    assert "/v1/jobs" in said
    assert " page " in said
    for secret in (KEY, "t0ken", "c00kie", "s3ssion", "passw0rd", "river", "lower town"):
        assert secret not in said
