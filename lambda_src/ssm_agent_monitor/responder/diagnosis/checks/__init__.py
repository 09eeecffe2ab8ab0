"""The checks, a file each or a few that belong together: from answers of AWS to findings."""
