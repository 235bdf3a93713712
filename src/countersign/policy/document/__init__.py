"""Documents that people write: YAML, options, and mistakes with their place."""
