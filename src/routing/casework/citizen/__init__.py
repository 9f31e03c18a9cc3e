"""What a citizen does and hears: the journey to a report, its page, what they add, others near by, mail to them."""
