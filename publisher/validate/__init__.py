"""Validate data against shapes, and report what is found with its place."""
