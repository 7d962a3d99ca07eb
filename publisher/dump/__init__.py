"""Write, join, describe, read and compare the published dumps."""
