"""Who receives personal data: recipients, processors, and transfers abroad."""
