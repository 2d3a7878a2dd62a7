"""The internal exception of freezing. It collects its path on the way out, so that valid values pay for no path."""

from tier2.errors import CanonicalError, Path, PathPart


class InvalidValue(Exception):
    """A value cannot be frozen. Each caller adds its own part of the path."""

    def __init__(self, code: str, message: str, remedy: str, container: object = None) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        self.path: list[PathPart] = []
        self.containers = [container]

    def within(self, part: PathPart, container: object) -> "InvalidValue":
        self.path.insert(0, part)
        self.containers.insert(0, container)
        return self

    def error(self, path: Path) -> CanonicalError:
        """The public error; ``path`` leads to the whole value."""
        if self.code == "depth":
            self._look_for_cycle()
        return CanonicalError(
            code=self.code, path=(*path, *self.path), message=self.message, remedy=self.remedy
        )

    def _look_for_cycle(self) -> None:
        """Reports a container that contains itself as a cycle; the path goes round the cycle once."""
        seen: set[int] = set()
        for length, container in enumerate(self.containers):
            if id(container) in seen:
                self.code, self.message, self.remedy = "cycle", "the value contains itself", "break the cycle"
                self.path = self.path[:length]
                return
            seen.add(id(container))


def too_deep(container: object) -> InvalidValue:
    remedy = "flatten it: open values may nest 64 deep, documents 128"
    return InvalidValue("depth", "the value nests too deep", remedy, container)
