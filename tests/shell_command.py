"""The command in process: arguments and standard input in; exit code, standard output and standard error out."""

import io
import json
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from tier2.kinds import MissionType, Operation
from tier2.missions import MISSIONS, OPERATIONS
from tier2.shell.cli import main

Json = Any


class Answer(NamedTuple):
    """The exit code of the command, and its output."""

    code: int
    out: bytes
    err: str

    @property
    def json(self) -> Json:
        """The one JSON value on standard output, which ends with one newline."""
        assert self.out.endswith(b"\n")
        assert self.out.count(b"\n") == 1
        return json.loads(self.out)

    @property
    def message(self) -> str:
        """The one line on standard error, without the command's name; nothing in it steers a terminal."""
        assert self.err.startswith("tier2: ")
        assert self.err.endswith("\n")
        line = self.err[:-1].removeprefix("tier2: ")
        assert line.isprintable()
        return line

    @property
    def refusal(self) -> str:
        """The message of an answer that is bad input, and nothing else."""
        assert (self.code, self.out) == (2, b"")
        return self.message


class Command:
    """The command ``tier2``, called as a function."""

    def __init__(self, capture: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._monkeypatch = monkeypatch

    def __call__(
        self,
        *arguments: object,
        stdin: bytes = b"",
        missions: Mapping[str, MissionType] = MISSIONS,
        operations: Mapping[str, Operation] = OPERATIONS,
    ) -> Answer:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments], missions, operations, prog="tier2")
        out, err = self._capture.readouterr()
        return Answer(code, out, err.decode())
