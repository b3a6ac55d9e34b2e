"""What we ship that others wrote: the bill of materials, their licences, and what is known to be wrong with it."""
