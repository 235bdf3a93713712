"""Whether the server is well: readiness, the doctor, the watch on the event loop."""
