"""Outcome: what a run meant, in money and in service; pure functions of its records."""
