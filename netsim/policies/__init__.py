"""Policies: pure decisions on integers, one text for every engine."""
