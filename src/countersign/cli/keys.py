"""`countersign keys`: the public halves of our keys, and what a room's admin pastes."""

from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import console, print_json, printable


def keys(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Show the public keys, and the m.room.policy content that names us."""
    from countersign.bootstrap import read_keys
    from countersign.config import read_config
    from countersign.protocol.policy_servers import room_policy_content

    settings = read_config(config)
    ours = read_keys(settings)
    content = room_policy_content(settings.server_name, ours.policy.verify_key)
    if json:
        print_json(
            {
                "server_name": settings.server_name,
                "server_key": {ours.server.key_id: ours.server.verify_key.to_base64()},
                "policy_key": {ours.policy.key_id: ours.policy.verify_key.to_base64()},
                "m.room.policy": content,
            }
        )
        return
    console.print(f"server name  {printable(settings.server_name)}")
    console.print(f"server key   {ours.server.key_id} {ours.server.verify_key.to_base64()}")
    console.print(f"policy key   {ours.policy.key_id} {ours.policy.verify_key.to_base64()}")
    console.print("\nThe room's [bold]m.room.policy[/] state event, with an empty state key:\n")
    print_json(content)
