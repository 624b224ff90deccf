"""HOW: arrays in, arrays out. NumPy and numba, gsw and scipy where they serve, nothing else."""
