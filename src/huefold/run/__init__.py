"""One run of the method: what is asked for, the plan, the stages in order, and the result."""
