"""What a citizen does and reads: the journey to a report, its page, additions, reports nearby, emails."""
