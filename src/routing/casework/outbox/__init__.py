"""Messages on their way: what is to be sent, who has it in hand and until when, and what became of it."""
