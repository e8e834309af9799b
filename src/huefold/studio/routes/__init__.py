"""HTTP routes of the studio, by topic."""
