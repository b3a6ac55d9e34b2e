"""The Segment-compatible tracking API: messages of unmodified SDKs become records."""
