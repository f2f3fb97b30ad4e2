"""The compiled engine: the SimPy engine's trajectories to the byte, as one machine-coded loop over flat memory."""
