"""Engines: each takes a Model, a Tape and a Plan and leaves Records."""
