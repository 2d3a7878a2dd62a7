"""Runs whose decisions are signed at the command line, and verified with the keys of the signers."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace
from real_runs import RealRuns
from ssh_keys import make_key, needs_ssh_keygen, public

from tier2 import Decided, IllegalEvent, Run, answer, canonical, decode, finish, question
from tier2.shell import Driver, answer_run, continue_run, read_run
from tier2.shell.signatures import sign

pytestmark = needs_ssh_keygen

NAME = "wf-1"


class Ada(NamedTuple):
    """A person's key, and the signers' file that says whose it is."""

    key: Path
    signers: Path


@pytest.fixture
def ada(tmp_path: Path) -> Ada:
    key = make_key(tmp_path / "ada")
    signers = tmp_path / "signers"
    signers.write_text(f"Ada {public(key)}\n", "ascii")
    return Ada(key, signers)


def asks(**payload: Any) -> dict[str, Any]:
    """A human step."""
    return {"id": "agree", "kind": "human", "payload": {"description": "Agree?", **payload}}


@pytest.fixture
def paused(real: RealRuns) -> str:
    """The name of a run that waits for a signed decision."""
    answer = real("run", "--workflow", real.workflow(asks(signed=True)))
    assert answer.code == 3
    assert f": tier2 resume {NAME} --approve agree --by NAME --sign KEY --head " in answer.message
    return NAME


def test_a_signed_decision_is_verified(real: RealRuns, paused: str, ada: Ada) -> None:
    assert real("resume", paused, "--approve", "agree", "--by", "Ada", "--sign", ada.key).code == 0
    answer = real("verify", paused, "--signers", ada.signers)
    (found,) = answer.json["signatures"]
    assert answer.code == 0
    assert found == {"step_id": "agree", "by": "Ada", "status": "signed", "key": found["key"], "reason": None}
    assert answer.message.endswith(f"step 'agree' approved: signed by 'Ada' with the key {found['key']}")
    assert found["key"].startswith("ED25519 SHA256:")


def test_a_signed_veto_is_verified(real: RealRuns, paused: str, ada: Ada) -> None:
    assert real("resume", paused, "--veto", "agree", "--by", "Ada", "--sign", ada.key).code == 1
    answer = real("verify", paused, "--signers", ada.signers)
    assert (answer.code, answer.json["signatures"][0]["status"]) == (0, "signed")


@pytest.mark.parametrize("change", [{"note": "altered"}, {"verdict": "vetoed"}, {"by": "Eve"}])
def test_a_signature_of_another_decision_is_not_recorded(
    real: RealRuns, paused: str, ada: Ada, change: dict[str, Any]
) -> None:
    path = real.path(paused)
    before = path.read_bytes()
    signed = sign(ask(path), str(ada.key))
    with pytest.raises(IllegalEvent, match="the signature is damaged, or of another decision") as error:
        answer_run(path, replace(signed, **change))
    assert (error.value.code, error.value.where) == ("signature", "$.events[0].signature")
    assert path.read_bytes() == before
    assert answer_run(path, signed).run.events == (signed,)


def ask(path: Path) -> Decided:
    """The approval of the run in a file, not signed yet."""
    asked = question(read_run(path).run)
    assert asked is not None
    return answer(asked, "approved", by="Ada", at="2026-03-01T09:30:00Z")


def test_a_forged_decision_of_the_driver_is_not_recorded(real: RealRuns, paused: str, ada: Ada) -> None:
    path = real.path(paused)
    before = path.read_bytes()
    signed = sign(ask(path), str(ada.key))
    with pytest.raises(IllegalEvent, match="the signature is damaged, or of another decision") as error:
        continue_run(path, Driver(decide=lambda _: replace(signed, note="altered")))
    assert (error.value.code, error.value.where) == ("signature", "$.events[0].signature")
    with pytest.raises(IllegalEvent, match="'agree' is pending, not 'other'"):
        continue_run(path, Driver(decide=lambda _: replace(signed, step_id="other")))
    assert path.read_bytes() == before
    assert continue_run(path, Driver(decide=lambda _: signed)).run.events == (signed,)


def test_a_decision_that_has_to_be_signed_is(real: RealRuns, paused: str) -> None:
    before = real.path(paused).read_bytes()
    refusal = real("resume", paused, "--approve", "agree", "--by", "Ada").refusal
    assert "the decision needs a signature" in refusal
    assert real.path(paused).read_bytes() == before


def test_a_key_that_cannot_sign_changes_nothing(real: RealRuns, paused: str, tmp_path: Path) -> None:
    before = real.path(paused).read_bytes()
    key = tmp_path / "absent"
    refusal = real("resume", paused, "--approve", "agree", "--by", "Ada", "--sign", key).refusal
    assert refusal.startswith(f"{key}: cannot be read: No such file or directory; give a private key's file")
    assert real.path(paused).read_bytes() == before


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("--approve", "other", "--by", "Ada"), "'agree' is pending, not 'other'"),
        (("--approve", "agree", "--by", "Ada", "--head", "0" * 64), "the head is "),
    ],
)
def test_a_decision_that_is_refused_is_not_signed(
    answer: tuple[str, ...], said: str, real: RealRuns, paused: str, tmp_path: Path
) -> None:
    assert said in real("resume", paused, *answer, "--sign", tmp_path / "absent").refusal


def test_the_key_of_another_is_wrong(real: RealRuns, paused: str, ada: Ada, tmp_path: Path) -> None:
    assert (
        real("resume", paused, "--approve", "agree", "--by", "Ada", "--sign", make_key(tmp_path / "eve")).code
        == 0
    )
    answer = real("verify", paused, "--signers", ada.signers)
    (found,) = answer.json["signatures"]
    assert (answer.code, answer.json["difference"], found["status"]) == (1, None, "wrong")
    assert answer.message.endswith("approved: wrong: the signers do not give this key to 'Ada'")
    assert real("verify", paused).json.keys() == {"difference", "head_sha256", "result_sha256"}


def test_an_unsigned_decision_is_reported(real: RealRuns, ada: Ada) -> None:
    real("run", "--workflow", real.workflow(asks()))
    assert real("resume", NAME, "--approve", "agree", "--by", "Ada").code == 0
    answer = real("verify", NAME, "--signers", ada.signers)
    assert (answer.code, answer.json["signatures"][0]["status"]) == (0, "unsigned")
    assert answer.message.endswith("step 'agree' approved: unsigned; nothing proves that 'Ada' decided")


def test_a_signature_is_verified_before_the_end(real: RealRuns, ada: Ada) -> None:
    second = asks() | {"id": "second"}
    real("run", "--workflow", real.workflow(asks(), second))
    assert real("resume", NAME, "--approve", "agree", "--by", "Ada", "--sign", ada.key).code == 3
    answer = real("verify", NAME, "--signers", ada.signers)
    assert [one["status"] for one in answer.json["signatures"]] == ["signed"]
    assert answer.json["result_sha256"] is None


def test_a_forged_run_file_is_found_by_its_signature(
    real: RealRuns, paused: str, ada: Ada, tmp_path: Path
) -> None:
    """The forger rewrites the step, the heads and the result, and keeps the signature."""
    real("resume", paused, "--approve", "agree", "--by", "Ada", "--sign", ada.key)
    genuine = real.events(paused)[0]
    real("run", "--workflow", real.workflow(asks(signed=True, amount=9999)), "--runs", tmp_path / "forged")
    head = real("verify", NAME, "--runs", tmp_path / "forged", "--signers", ada.signers).json["head_sha256"]
    (file,) = (tmp_path / "forged").iterdir()
    run = json.loads(file.read_bytes().splitlines()[0])
    run["events"] = [{**genuine, "head_sha256": head}]
    (tmp_path / "run.json").write_text(json.dumps(run), "utf-8")
    forged = tmp_path / "result.json"
    forged.write_bytes(canonical(finish(decode(json.dumps(run), Run))))
    answer = real("verify", tmp_path / "run.json", forged, "--signers", ada.signers)
    assert (answer.code, answer.json["difference"]) == (1, None)
    assert answer.json["signatures"][0]["reason"] == "the signature is damaged, or of another decision"


def test_a_decision_at_the_prompt_is_signed(real: RealRuns, paused: str, ada: Ada) -> None:
    answer = real("resume", paused, "--by", "Ada", "--sign", ada.key, typed="approve\n\n")
    assert answer.code == 0
    assert real("verify", paused, "--signers", ada.signers).json["signatures"][0]["status"] == "signed"


def test_nobody_is_asked_without_a_key(real: RealRuns, paused: str) -> None:
    answer = real("resume", paused, "--by", "Ada", typed="approve\n\n")
    assert answer.code == 3
    assert "step 'agree' needs a signed decision, and no key is given by --sign KEY" in answer.err
    assert real.events(paused) == []


def test_signers_that_cannot_be_read_are_reported(real: RealRuns, paused: str, tmp_path: Path) -> None:
    refusal = real("verify", paused, "--signers", tmp_path / "absent").refusal
    assert refusal.startswith(f"{tmp_path / 'absent'}: cannot be read: No such file or directory")
