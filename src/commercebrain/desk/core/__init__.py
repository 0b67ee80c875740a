"""What every business folder shares: generic pages, jobs, the event log, the business date, the theme."""
