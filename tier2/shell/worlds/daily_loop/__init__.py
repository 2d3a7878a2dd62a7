"""The world of `daily_loop`: a todo.txt, its done.txt, and journal.md."""
