"""What a finite sample says about two function spaces and a target, with standard errors."""
