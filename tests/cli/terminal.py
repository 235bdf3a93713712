"""A pseudo-terminal of a chosen width, for commands."""

import fcntl
import os
import pty
import re
import struct
import termios

from tests.cli.conftest import start_in_terminal

_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def run_in_terminal(*arguments, columns, typed="", **environment):
    """Run `countersign` in a terminal to its end; return what the terminal shows, without colours.

    What it writes to stderr goes elsewhere. What is in `typed` waits in the keyboard's buffer.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    surroundings = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = start_in_terminal(
        *arguments,
        terminal=theirs,
        environment={**surroundings, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # the command has ended
            break
        if not part:
            break
        shown += part
    os.close(ours)
    command.wait(60)
    return _CODES.sub("", shown.decode()).replace("\r\n", "\n")
