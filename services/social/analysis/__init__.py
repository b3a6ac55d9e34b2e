"""What a text says: sentiment, emotion, intents, aspects, spam, without the personal data in it."""
