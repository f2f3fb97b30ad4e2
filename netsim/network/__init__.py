"""The network a planner draws: its graph, the checks on it, legal routes, and places on the map."""
