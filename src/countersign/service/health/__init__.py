"""Health of the server: readiness, the doctor, the watch on the event loop."""
