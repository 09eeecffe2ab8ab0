"""What both functions know: it imports neither of them."""
