"""Endpoints declared once: their routes, the reading of requests, and the OpenAPI document."""
