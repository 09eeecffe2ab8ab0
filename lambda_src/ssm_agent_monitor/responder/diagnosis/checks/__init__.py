"""The checks, a file each: from facts to findings."""
