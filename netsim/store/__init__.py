"""The results file: written by the coordinator alone, read by anybody at any time, and taken elsewhere as tables."""
