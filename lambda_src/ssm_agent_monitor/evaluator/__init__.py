"""What AWS Config invokes: compares running machines with Systems Manager's records, and reports."""
