"""WHAT: declarations in YAML, and the models that say what the YAML may say."""
