"""The dashboard: pages for moderators and operators."""
