"""What is printed for the month and the meeting: the release calendar, the monthly bulletin, the two circulations."""
