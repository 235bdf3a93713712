"""The text model: how much a text reads like fraud or advertising."""
