"""Measurements, run by hand: `make bench`. Figures that were taken stand in `benchmarks/results/`."""
