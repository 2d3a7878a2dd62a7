"""The prompt: it shows a person the question of a human step, and reads the decision.

1. `rendering` writes the question as lines of text. `values` reads the value of a field from text: what is typed here,
   and what ``--set`` gives. `dialogue` asks, and `terminal` reads lines and shows them.
2. Everything is shown and asked on stderr: stdout is for the answer of the command alone.
"""

from tier2.shell.cli.prompt.dialogue import ask
from tier2.shell.cli.prompt.rendering import question, verdicts
from tier2.shell.cli.prompt.terminal import is_terminal, is_watched, user_name
from tier2.shell.cli.prompt.values import value_of

__all__ = ["ask", "is_terminal", "is_watched", "question", "user_name", "value_of", "verdicts"]
