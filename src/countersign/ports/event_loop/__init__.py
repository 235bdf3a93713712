"""Work in the event loop: how it goes on without a task."""
