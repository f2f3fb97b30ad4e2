"""Inference from replications: intervals, comparison, precision, selection, designs of experiments and sensitivity."""
