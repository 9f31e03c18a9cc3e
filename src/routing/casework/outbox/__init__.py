"""Messages on their way: what to send, which engine sends it and until when, and the result."""
