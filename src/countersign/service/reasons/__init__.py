"""Refusals explained to whoever has their reference, and appeals against them."""
