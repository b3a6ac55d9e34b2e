"""What a privacy officer must look at: clocks about to run out, a seal that was broken, a chain that does not hold."""
