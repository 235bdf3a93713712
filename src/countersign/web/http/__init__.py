"""HTTP itself: connections, requests, answers, listeners."""
