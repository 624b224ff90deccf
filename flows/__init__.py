"""WHERE and WHEN: files, stores, clusters and the flows that run over them."""
