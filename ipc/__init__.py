"""What processes say to one another: frames, typed messages, published state, readiness."""
