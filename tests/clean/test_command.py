"""python -m worker.clean, as a person at a shell would use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "tests" / "pages" / "specimen-textbook-wordpress" / "page.html"
FORKSERVER_CHILD = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (768 << 20, 768 << 20))
import sys
from worker.clean import clean
assert "trafilatura" not in sys.modules, "loaded before it is needed"
print(len(clean(open(sys.argv[1], "rb").read()).text) > 1000)
"""


FORM = b"<main><p>Choose what to read.</p><label>Sort <select><option>Newest<option>Oldest</select></label>"


def run(
    *arguments: str, given: bytes = b"", seed: str = "random", **settings: str
) -> subprocess.CompletedProcess[bytes]:
    command, names = [sys.executable, *arguments], {**os.environ, "PYTHONHASHSEED": seed, **settings}
    return subprocess.run(
        command, input=given, capture_output=True, cwd=ROOT, timeout=60, check=False, env=names
    )


def test_a_file_becomes_its_text() -> None:
    done = run("-m", "worker.clean", str(PAGE))
    assert done.returncode == 0
    assert done.stdout.decode().startswith("Les rapports américains")


def test_standard_input_is_a_file_too() -> None:
    done = run("-m", "worker.clean", "--format", "html", "-", given=PAGE.read_bytes())
    assert done.stdout.decode().startswith("<p>Les rapports")


def test_json_and_removed_are_json() -> None:
    done = run("-m", "worker.clean", "--format", "json", "--url", "https://h.example/a", str(PAGE))
    page = json.loads(done.stdout)["page"]
    assert (page["url"], page["language"]) == ("https://h.example/a", "fr")
    removed = json.loads(run("-m", "worker.clean", "--format", "removed", str(PAGE)).stdout)
    assert {"kind", "rule", "where", "words", "text"} == set(removed[0])


def test_a_file_that_is_not_there_is_named_and_the_exit_code_is_2() -> None:
    done = run("-m", "worker.clean", "nowhere.html")
    assert done.returncode == 2
    assert done.stderr.decode() == "nowhere.html: No such file or directory\n"


def test_a_folder_is_no_file() -> None:
    done = run("-m", "worker.clean", str(PAGE.parent))
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_cleaning_child_fits_in_its_address_space_and_loads_the_second_reader_late() -> None:
    done = run("-c", FORKSERVER_CHILD, str(PAGE))
    assert done.stdout == b"True\n", done.stderr.decode()


def test_another_process_writes_the_same_receipts() -> None:
    answers = {
        run("-m", "worker.clean", "--format", "removed", "-", given=FORM, seed=seed).stdout for seed in "1234"
    }
    assert len(answers) == 1
    assert b"control" in answers.pop()


def test_the_operators_rules_for_sites_are_obeyed_and_one_that_cannot_be_is_named(tmp_path: Path) -> None:
    rule = tmp_path / "harbour.toml"
    rule.write_text('hosts = ["harbour.example"]\nwhy = "a test"\ntext = [".story"]\n')
    page = b"<p>Before the story there is this.</p><p class=story>The river rose in the night.</p>"
    command = ("-m", "worker.clean", "--url", "https://harbour.example/", "-")
    assert run(*command, given=page, PITH_SITES_DIR=str(tmp_path)).stdout == b"The river rose in the night.\n"
    rule.write_text("hosts = [")
    refused = run(*command, given=page, PITH_SITES_DIR=str(tmp_path))
    assert refused.returncode == 2
    assert refused.stderr.decode().startswith(f"{rule}: ")
