"""What an agent may do by its instance profile, or else by Default Host Management."""
