"""Many runs of many designs: the pool that runs them, the store that keeps them, and the results read from it."""
