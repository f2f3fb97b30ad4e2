"""What the planner wrote: read strictly, overlaid, validated and frozen."""
