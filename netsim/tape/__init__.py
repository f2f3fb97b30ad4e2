"""The tape: all randomness of a replication, made from world, seed and replication, and blind to every design."""
