"""The register of processing: every stored field, why it is kept, how long, and who may read it."""
