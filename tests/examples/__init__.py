"""Tests of the studies that ship with the package."""
