"""What leaves by itself: events told to partners' systems, signed, until they have them."""
