"""What the scripts print: lines that begin with a coloured level word, and a progress bar.

Every line is flushed at once, so a live log shows it while the script goes on. `NO_COLOR` in the environment turns
the colours off.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Callable, TextIO

COLOURS = {"INFO": "32", "WARNING": "33", "ERROR": "31", "DONE": "36"}


class UserError(Exception):
    """Something the caller can put right; the message says what and how."""


def level_word(level: str) -> str:
    """The level padded to the widest one, coloured unless `NO_COLOR` is set."""
    padded = f"{level:<7}"
    return padded if os.environ.get("NO_COLOR") else f"\x1b[1;{COLOURS[level]}m{padded}\x1b[0m"


def say(level: str, text: str, stream: TextIO | None = None) -> None:
    print(level_word(level), text, file=stream or sys.stdout, flush=True)


def info(text: str) -> None:
    say("INFO", text)


def done(text: str) -> None:
    say("DONE", text)


def warn(text: str) -> None:
    say("WARNING", text, sys.stderr)


class Bar:
    """A progress bar that rewrites its own line with carriage returns and ends with a newline."""

    def __init__(self, title: str, steps: int, width: int = 24, seconds_between: float = 0.1) -> None:
        self.title, self.steps, self.width = title, steps, width
        self.seconds_between = seconds_between
        self.started = self.drawn = time.monotonic()
        self.longest = 0

    def show(self, step: int, note: str = "") -> None:
        """Draws the bar at `step` of the steps, but not more often than every `seconds_between`."""
        now = time.monotonic()
        last = step >= self.steps
        if not last and now - self.drawn < self.seconds_between:
            return
        self.drawn = now
        spent = now - self.started
        rate = step / spent if spent > 0 else 0.0
        left = (self.steps - step) / rate if rate else 0.0
        filled = self.width * step // self.steps
        bar = "█" * filled + " " * (self.width - filled)
        line = f"{self.title} {100 * step // self.steps:3d}%|{bar}| {step}/{self.steps}"
        line += f" [{clock(spent)}<{clock(left)}, {rate:.0f}/s] {note}"
        # A shorter line must also cover the end of a longer one before it.
        self.longest = max(self.longest, len(line))
        print("\r" + line.ljust(self.longest), end="\n" if last else "", flush=True)


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds: 01:07."""
    return f"{round(seconds) // 60:02d}:{round(seconds) % 60:02d}"


def run(main: Callable[[], None]) -> None:
    """Runs a script's `main` and exits: 2 with one line for a UserError, 1 for a failing disk, 130 when interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # The bar is not ASCII; a terminal that cannot show it must not end the training.
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        main()
    except UserError as error:
        say("ERROR", str(error), sys.stderr)
        sys.exit(2)
    except OSError as error:
        say("ERROR", f"{error.filename or 'output'}: {error.strerror}", sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        say("ERROR", "interrupted", sys.stderr)
        sys.exit(130)
