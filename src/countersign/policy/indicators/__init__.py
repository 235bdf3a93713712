"""The port through which communities' indicators are kept."""
