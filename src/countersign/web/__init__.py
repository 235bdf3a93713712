"""Floor 4: the faces of the server over HTTP. Services raise; web/errors.py alone renders."""
