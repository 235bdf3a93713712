"""Groups of endpoints: those that need a running server, and those that only need its database."""

from countersign.service.commands.every_command import Commands, StoredCommands


class StoredEndpoints:
    """Group of endpoints that answer without a running server, too.

    Args:
        commands: what they give.
    """

    def __init__(self, commands: StoredCommands) -> None:
        self._commands = commands


class RunningEndpoints:
    """Group of endpoints of a running server.

    Args:
        commands: what they give.
    """

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
