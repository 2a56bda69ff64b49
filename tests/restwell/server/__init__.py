"""What a worker of `restwell serve` does with requests."""
