"""Many runs of many designs: the pool that runs them, the store that keeps them, the statistics that judge them."""
