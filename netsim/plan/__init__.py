"""The Plan: what needs real numbers, computed between tape and engine, and handed to engines as integers."""
