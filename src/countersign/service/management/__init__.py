"""Management rooms: moderators give commands there by message and reaction, and get alerts."""
