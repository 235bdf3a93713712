"""How the text model is trained and measured; the server needs nothing of this."""
