"""The operator's phrases and rules for sites in a real worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runner.conftest import PAGE, TEXT
from worker.jobs.model import JobRequest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.runner.conftest import Service, Workers

pytestmark = pytest.mark.anyio

RULE = 'hosts = ["harbour.example"]\nwhy = "a test"\n'
FUND = "The fund of this paper has paid for the swimming lessons of four hundred children since last spring."


async def cleaned(service: Service, html: str) -> str:
    request = JobRequest("https://www.harbour.example/a", body=html.encode())
    (job_id,) = (await service.store.submit([request], owner="")).job_ids
    return await service.text(await service.ended(job_id))


async def test_a_worker_obeys_the_rules_of_the_operators_folders_and_list(
    workers: Workers, service: Service, tmp_path: Path
) -> None:
    (tmp_path / "harbour.toml").write_text(f'{RULE}drop = [".fund"]\n')
    (tmp_path / "list.txt").write_text("##.zq7\n")
    workers.start(sites_dir=tmp_path, cosmetic_file=tmp_path / "list.txt")
    html = PAGE.replace("</article>", f"<p class=fund>{FUND}</p><p class=zq7>{FUND[::-1]}</p></article>")

    text = await cleaned(service, html)

    assert TEXT in text
    assert FUND not in text
    assert FUND[::-1] not in text


async def test_a_drop_that_takes_everything_is_told_in_the_log(
    workers: Workers, service: Service, tmp_path: Path
) -> None:
    (tmp_path / "harbour.toml").write_text(f'{RULE}drop = ["article"]\n')
    workers.start(sites_dir=tmp_path)

    assert TEXT in await cleaned(service, PAGE)
    assert "site:harbour.example: drop takes all there is to read" in workers.log.read_text()


async def test_a_worker_whose_rules_cannot_be_read_says_so_in_one_line_and_ends(
    workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "harbour.toml").write_text(f'{RULE}drop = ["div["]\n')

    assert workers.start(sites_dir=tmp_path).wait(30) == 2
    said = workers.log.read_text()
    assert said.count("\n") == 1
    assert str(tmp_path / "harbour.toml") in said
    assert "drop.0" in said


async def test_a_worker_goes_by_the_phrases_of_the_operators_folder(
    workers: Workers, service: Service, tmp_path: Path
) -> None:
    (tmp_path / "cy.toml").write_text('[prompts]\ncomment_prompt = ["Dywedwch wrthym"]\n')
    workers.start(phrases_dir=tmp_path)

    text = await cleaned(
        service, PAGE.replace("</article>", f"<p>Dywedwch wrthym!</p><p>{FUND}</p></article>")
    )

    assert FUND in text
    assert "Dywedwch" not in text


async def test_a_worker_whose_phrases_cannot_be_read_says_so_in_one_line_and_ends(
    workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "cy.toml").write_text("[lines")

    assert workers.start(phrases_dir=tmp_path).wait(30) == 2
    assert str(tmp_path / "cy.toml") in workers.log.read_text()
