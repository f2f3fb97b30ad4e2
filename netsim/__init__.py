"""netsim: discrete-event simulation of after-sales service networks."""
