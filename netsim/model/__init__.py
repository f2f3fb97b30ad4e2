"""The Model: a scenario compiled to integer arrays, and the calendars that engines ask."""
