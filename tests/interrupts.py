"""Interrupts of programs that tests start."""

import signal


def heed_ctrl_c():
    """Undo what shells do with commands in the background: they and all they start ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
